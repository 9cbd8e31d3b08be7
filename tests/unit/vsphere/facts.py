"""Facts as vCenter tells them of a healthy host, VM and cluster; a test spells what it changes."""

from collections.abc import Sequence
from typing import Any

from pyVmomi import vim

from recommender.vsphere.facts import Facts
from recommender.vsphere.places import Places

GIB = 1 << 30
ABSENT = object()


def make_facts(kind: str, moid: str, **values: Any) -> Facts:
    """Facts of any kind; ``__`` in a name stands for a dot."""
    return Facts("vc", kind, moid, {name.replace("__", "."): value for name, value in values.items()})


def changed(facts: Facts, changes: dict[str, Any]) -> Facts:
    """The same object with other values; ``ABSENT`` is a property that vCenter does not tell."""
    values = {path: value for path, value in {**facts.values, **changes}.items() if value is not ABSENT}
    return Facts(facts.vcenter, facts.kind, facts.moid, values)


def places() -> Places:
    datacenter = make_facts("Datacenter", "datacenter-1", name="east%2fDC", parent=vim.Folder("group-d1"))
    between = [
        make_facts("Folder", "group-h1", name="host", parent=vim.Datacenter("datacenter-1")),
        make_facts("ClusterComputeResource", "domain-c1", name="blue", parent=vim.Folder("group-h1")),
        make_facts("ComputeResource", "domain-s1", name="lonely", parent=vim.Folder("group-h1")),
    ]
    return Places([datacenter], between)


def host_facts(**changes: Any) -> Facts:
    """A connected host in cluster *blue* with 2 × 10 GbE behind its vMotion adapter."""
    facts = make_facts(
        "HostSystem",
        "host-1",
        name="esx-1.test",
        parent=vim.ClusterComputeResource("domain-c1"),
        runtime__connectionState="connected",
        runtime__powerState="poweredOn",
        runtime__inMaintenanceMode=False,
        summary__hardware__cpuMhz=2500,
        summary__hardware__numCpuCores=16,
        summary__hardware__memorySize=64 * GIB,
        summary__maxEVCModeKey="intel-skylake",
        summary__quickStats__overallCpuUsage=1234,
        summary__quickStats__overallMemoryUsage=4321,
        config__featureCapability=[vim.host.FeatureCapability(key="cpuid.aes", featureName="cpuid.aes", value="1")],
        config__virtualNicManagerInfo__netConfig=[net_config("vmotion", [vmkernel("vmk1", "vMotion")], ["vmk1"])],
        config__network__portgroup=[port_group("vMotion", "vSwitch1")],
        config__network__vswitch=[virtual_switch("vSwitch1", ["vmnic2", "vmnic3"])],
        config__network__proxySwitch=[],
        config__network__pnic=[physical_nic("vmnic2", 10_000), physical_nic("vmnic3", 10_000)],
        datastore=[vim.Datastore("datastore-2"), vim.Datastore("datastore-1")],
        network=[vim.Network("network-1")],
    )
    return changed(facts, {name.replace("__", "."): value for name, value in changes.items()})


def datastore_facts() -> Facts:
    """A shared VMFS datastore of 100 GiB, half of it free."""
    return make_facts(
        "Datastore",
        "datastore-1",
        name="one",
        parent=vim.Folder("group-h1"),
        overallStatus="green",
        summary__capacity=100 * GIB,
        summary__freeSpace=50 * GIB,
        summary__maintenanceMode="normal",
        summary__uncommitted=10 * GIB,
        summary__multipleHostAccess=True,
        summary__url="ds:///vmfs/volumes/4f1b-77/",
        summary__type="VMFS",
    )


def vm_facts(**changes: Any) -> Facts:
    """A running VM with one thin 40 GiB disk of which 10 GiB are taken."""
    facts = make_facts(
        "VirtualMachine",
        "vm-1",
        name="web-01",
        config__instanceUuid="uuid-1",
        config__template=False,
        config__hardware__numCPU=4,
        config__hardware__memoryMB=8192,
        config__hardware__device=[vim.vm.device.VirtualE1000(key=4000), make_disk(2000, "datastore-1", gib=40)],
        config__cpuAllocation__reservation=500,
        config__memoryAllocation__reservation=1024,
        runtime__host=vim.HostSystem("host-1"),
        runtime__powerState="poweredOn",
        runtime__connectionState="connected",
        runtime__minRequiredEVCModeKey="intel-haswell",
        runtime__featureRequirement=[
            vim.vm.FeatureRequirement(key="cpuid.aes", featureName="cpuid.aes", value="Bool:Min:1")
        ],
        resourcePool=vim.ResourcePool("resgroup-1"),
        datastore=[vim.Datastore("datastore-1")],
        network=[vim.Network("network-1")],
        disabledMethod=[vim.VirtualMachine.PowerOn],
        layoutEx__disk=[layout(2000, [1, 2])],
        layoutEx__file=[file(1, 512), file(2, 10 * GIB), file(3, 8 * GIB)],
        summary__quickStats__overallCpuUsage=700,
        summary__quickStats__guestMemoryUsage=2000,
        summary__quickStats__hostMemoryUsage=8000,
    )
    return changed(facts, {name.replace("__", "."): value for name, value in changes.items()})


def make_disk(key: int, datastore: str | None, *, gib: int = 20) -> vim.vm.device.VirtualDisk:
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
        fileName="[ds] web/web.vmdk",
        diskMode="persistent",
        datastore=vim.Datastore(datastore) if datastore else None,
    )
    return vim.vm.device.VirtualDisk(key=key, backing=backing, capacityInKB=gib << 20)


def layout(disk_key: int, file_keys: Sequence[int]) -> vim.vm.FileLayoutEx.DiskLayout:
    unit = vim.vm.FileLayoutEx.DiskUnit(fileKey=list(file_keys))
    return vim.vm.FileLayoutEx.DiskLayout(key=disk_key, chain=[unit])


def file(key: int, size: int) -> vim.vm.FileLayoutEx.FileInfo:
    return vim.vm.FileLayoutEx.FileInfo(key=key, name=f"[ds] web/{key}", type="diskExtent", size=size)


def net_config(
    nic_type: str, candidates: Sequence[vim.host.VirtualNic], selected: Sequence[str]
) -> vim.host.VirtualNicManager.NetConfig:
    return vim.host.VirtualNicManager.NetConfig(
        nicType=nic_type,
        multiSelectAllowed=True,
        candidateVnic=list(candidates),
        selectedVnic=[f"{nic_type}.key-vim.host.VirtualNic-{device}" for device in selected],
    )


def vmkernel(device: str, group: str = "", *, dvs: str | None = None, nic_type: str = "vmotion") -> vim.host.VirtualNic:
    port = vim.dvs.PortConnection(switchUuid=dvs) if dvs else None
    return vim.host.VirtualNic(
        device=device,
        key=f"{nic_type}.key-vim.host.VirtualNic-{device}",
        portgroup=group,
        spec=vim.host.VirtualNic.Specification(distributedVirtualPort=port),
    )


def port_group(name: str, switch: str) -> vim.host.PortGroup:
    specification = vim.host.PortGroup.Specification(
        name=name, vlanId=0, vswitchName=switch, policy=vim.host.NetworkPolicy()
    )
    return vim.host.PortGroup(key=name, spec=specification, computedPolicy=vim.host.NetworkPolicy())


def virtual_switch(name: str, nics: Sequence[str]) -> vim.host.VirtualSwitch:
    return vim.host.VirtualSwitch(name=name, key=name, pnic=[f"key-{nic}" for nic in nics])


def physical_nic(device: str, speed_mbit_s: int | None) -> vim.host.PhysicalNic:
    link = vim.host.PhysicalNic.LinkSpeedDuplex(speedMb=speed_mbit_s, duplex=True) if speed_mbit_s else None
    return vim.host.PhysicalNic(key=f"key-{device}", device=device, linkSpeed=link)
