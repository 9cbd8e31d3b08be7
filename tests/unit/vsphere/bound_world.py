"""Facts of a small vCenter in which everything is the matter with one VM that can be."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pyVmomi import vim

from tests.unit.vsphere.facts import datastore_facts, host_facts, make_disk, make_facts, vm_facts

Device = vim.vm.device
Disk = Device.VirtualDisk
HOSTILE = "web%2f01 <b>&amp;\"'\u202e\U0001f4a5 ]]>"


def flat(key: int, **values: Any) -> Any:
    disk = make_disk(key, "datastore-1")
    for name, value in values.items():
        setattr(disk.backing, name, value)
    return disk


def devices() -> list[Any]:
    connected = Device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=True)
    image = Device.VirtualCdrom.IsoBackingInfo(fileName="[iso] a.iso", datastore=vim.Datastore("datastore-9"))
    floppy = Device.VirtualFloppy.ImageBackingInfo(fileName="[iso] b.flp", datastore=vim.Datastore("datastore-8"))
    lun = Disk.RawDiskMappingVer1BackingInfo(
        fileName="[ds] web/rdm.vmdk",
        datastore=vim.Datastore("datastore-1"),
        lunUuid="02000000006001",
        compatibilityMode="physicalMode",
        diskMode="independent_persistent",
    )
    below = Disk.FlatVer2BackingInfo(fileName="[ds] golden/golden.vmdk", diskMode="persistent")
    first_class = make_disk(2003, "datastore-1")
    first_class.vDiskId = vim.vslm.ID(id="fcd-1")
    return [
        Device.VirtualIDEController(key=200, busNumber=0),
        Device.VirtualLsiLogicController(key=1000, busNumber=0, sharedBus="physicalSharing"),
        Device.VirtualVideoCard(key=500, videoRamSizeInKB=16_384),
        Device.VirtualCdrom(key=3000, backing=image, connectable=connected),
        Device.VirtualFloppy(key=8000, backing=floppy, connectable=connected),
        Device.VirtualUSB(
            key=7000,
            connected=True,
            vendor=1,
            product=1,
            connectable=connected,
            backing=Device.VirtualUSB.USBBackingInfo(deviceName="path:1/0"),
        ),
        Device.VirtualPCIPassthrough(
            key=13_000, backing=Device.VirtualPCIPassthrough.VmiopBackingInfo(vgpu="grid_t4-4q")
        ),
        Device.VirtualSriovEthernetCard(key=4000),
        flat(2000, thinProvisioned=True),
        flat(2001, thinProvisioned=False, eagerlyScrub=True, sharing="sharingMultiWriter"),
        Disk(key=2002, backing=lun, capacityInKB=1 << 20),
        first_class,
        flat(2004, parent=below),
        make_disk(2005, "datastore-1"),
    ]


def bound_vm() -> Any:
    """A VM of which everything is the matter that can be."""
    return vm_facts(
        name=HOSTILE,
        config__hardware__device=devices(),
        config__managedBy=vim.ext.ManagedByInfo(extensionKey="com.vmware.vcDr", type="placeholderVm"),
        config__cpuAffinity=vim.vm.AffinityInfo(affinitySet=[0, 1]),
        config__ftInfo=vim.vm.FaultToleranceConfigInfo(role=2, instanceUuids=["a"], configPaths=["b"]),
        config__keyId=vim.encryption.CryptoKeyId(keyId="k-1", providerId=vim.encryption.KeyProviderId(id="kms-1")),
        config__latencySensitivity=vim.LatencySensitivity(level="high"),
        config__version="vmx-19",
        config__guestId="windows2019srv_64Guest",
        config__uuid="bios-1",
        config__cpuAllocation__limit=-1,
        config__memoryAllocation__limit=4096,
        config__cpuAllocation__shares__shares=4000,
        runtime__consolidationNeeded=True,
        runtime__dasVmProtection=vim.vm.RuntimeInfo.DasProtectionState(dasProtected=True),
        guest__toolsRunningStatus="guestToolsRunning",
        disabledMethod=[vim.VirtualMachine.PowerOn, vim.VirtualMachine.Relocate],
        parentVApp=vim.VirtualApp("resgroup-v9"),
        layoutEx__snapshot=[vim.vm.FileLayoutEx.SnapshotLayout(key=vim.vm.Snapshot("s-1"), dataKey=1, memoryKey=3)],
        network=[vim.Network("network-1"), vim.OpaqueNetwork("network-o1")],
    )


def cluster(**ha: Any) -> Any:
    policy = vim.cluster.FailoverResourcesAdmissionControlPolicy(
        cpuFailoverResourcesPercent=25, memoryFailoverResourcesPercent=33
    )
    configuration = vim.cluster.ConfigInfoEx(
        drsConfig=vim.cluster.DrsConfigInfo(enabled=True, vmotionRate=5, defaultVmBehavior="partiallyAutomated"),
        dasConfig=vim.cluster.DasConfigInfo(
            **({"enabled": True, "admissionControlEnabled": True, "admissionControlPolicy": policy} | ha)
        ),
        vsanConfigInfo=vim.vsan.cluster.ConfigInfo(enabled=True),
    )
    return make_facts(
        "ClusterComputeResource",
        "domain-c1",
        name="blue",
        parent=vim.Folder("group-h1"),
        configurationEx=configuration,
        summary=vim.ClusterComputeResource.Summary(currentEVCModeKey="intel-haswell"),
        resourcePool=vim.ResourcePool("resgroup-1"),
    )


def host() -> Any:
    alarm = vim.alarm.AlarmState(
        key="a.h",
        entity=vim.HostSystem("host-1"),
        alarm=vim.alarm.Alarm("alarm-7"),
        overallStatus="red",
        time=datetime(2026, 1, 5, 9, tzinfo=UTC),
        acknowledged=False,
    )
    gpu = vim.host.GraphicsInfo(
        deviceName="T4", vendorName="NVIDIA", pciId="0000:3b:00.0", graphicsType="sharedDirect",
        memorySizeInKB=16 << 20, vm=[vim.VirtualMachine("vm-1")],
    )  # fmt: skip
    return host_facts(
        runtime__cryptoState="safe",
        overallStatus="yellow",
        summary__config__product__version="8.0.3",
        summary__hardware__numCpuPkgs=2,
        summary__hardware__numCpuThreads=32,
        config__graphicsInfo=[gpu],
        triggeredAlarmState=[alarm],
        datastore=[vim.Datastore("datastore-1"), vim.Datastore("datastore-9")],
    )


def teaming(*, notifies: bool) -> Any:
    value = vim.BoolPolicy(inherited=False, value=notifies)
    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(inherited=False, vlanId=42)
    policy = vim.dvs.VmwareDistributedVirtualSwitch.UplinkPortTeamingPolicy(inherited=False, notifySwitches=value)
    return vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(uplinkTeamingPolicy=policy, vlan=vlan)


def bound_world(of_cluster: Any = None) -> dict[Any, list[Any]]:
    """Facts by kind."""
    group = vim.Folder("group-h1")
    mount = vim.Datastore.HostMount(
        key=vim.HostSystem("host-1"), mountInfo=vim.host.MountInfo(accessMode="readOnly", mounted=True, accessible=True)
    )
    stores = [
        datastore_facts(),
        replace(
            datastore_facts(), moid="datastore-9", values={**datastore_facts().values, "name": "iso", "host": [mount]}
        ),
    ]
    portgroup = make_facts(
        "DistributedVirtualPortgroup",
        "dvportgroup-1",
        config__distributedVirtualSwitch=vim.DistributedVirtualSwitch("dvs-1"),
        config__defaultPortConfig=teaming(notifies=False),
        config__uplink=False,
    )
    networks = [
        make_facts("Network", "network-1", name="dmz", parent=group),
        make_facts("Network", "dvportgroup-1", name="production", parent=group),
        make_facts("Network", "network-o1", name="segment", parent=group),
    ]
    return {
        vim.VirtualMachine: [bound_vm()],
        vim.HostSystem: [host()],
        vim.ClusterComputeResource: [of_cluster or cluster()],
        vim.ComputeResource: [make_facts("ComputeResource", "domain-c1", name="blue", parent=group)],
        vim.ResourcePool: [
            make_facts(
                "ResourcePool",
                "resgroup-1",
                name="Resources",
                owner=vim.ClusterComputeResource("domain-c1"),
                parent=vim.ClusterComputeResource("domain-c1"),
            )
        ],
        vim.Datastore: stores,
        vim.Network: networks,
        vim.dvs.DistributedVirtualPortgroup: [portgroup],
        vim.OpaqueNetwork: [
            make_facts(
                "OpaqueNetwork",
                "network-o1",
                summary=vim.OpaqueNetwork.Summary(
                    name="segment",
                    accessible=True,
                    ipPoolName="",
                    opaqueNetworkId="nsx-7",
                    opaqueNetworkType="nsx.LogicalSwitch",
                ),
            )
        ],
        vim.DistributedVirtualSwitch: [make_facts("DistributedVirtualSwitch", "dvs-1", uuid="50 1f")],
        vim.Folder: [make_facts("Folder", "group-h1", name="host", parent=vim.Datacenter("datacenter-1"))],
        vim.Datacenter: [make_facts("Datacenter", "datacenter-1", name="east%2fDC", parent=vim.Folder("group-d1"))],
    }
