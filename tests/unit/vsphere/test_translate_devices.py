"""What ties a VM to its host is read from its devices and settings; what merely looks so is not."""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.host import CryptoState
from recommender.inventory.pin import Pin
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior
from recommender.vsphere.translation.devices import seen_luns
from recommender.vsphere.translation.vm import VmSurroundings, translate_vm
from tests.inventories import ref
from tests.unit.vsphere.facts import ABSENT, make_disk, vm_facts

Device = vim.vm.device
Disk = Device.VirtualDisk


def vm_with(*devices: Any, **changes: Any) -> VirtualMachine:
    return translate_vm(vm_facts(config__hardware__device=list(devices), **changes))


def connected(kind: Any, backing: Any, *, is_connected: bool = True) -> Any:
    connectable = Device.VirtualDevice.ConnectInfo(
        startConnected=True, allowGuestControl=True, connected=is_connected, status="ok"
    )
    return kind(key=3000, backing=backing, connectable=connectable)


def image(datastore: str) -> Any:
    return Device.VirtualCdrom.IsoBackingInfo(fileName="[iso] a.iso", datastore=vim.Datastore(datastore))


def scsi(sharing: str) -> Any:
    return Device.VirtualLsiLogicController(key=1000, busNumber=0, sharedBus=sharing)


def mapped_lun(uuid: str | None) -> Any:
    backing = Disk.RawDiskMappingVer1BackingInfo(
        fileName="[ds] web/rdm.vmdk",
        datastore=vim.Datastore("datastore-1"),
        lunUuid=uuid,
        compatibilityMode="physicalMode",
        diskMode="persistent",
    )
    return Disk(key=2001, backing=backing, capacityInKB=1 << 20)


@pytest.mark.parametrize(
    ("device", "pin"),
    [
        (Device.VirtualPCIPassthrough(key=1, backing=Device.VirtualPCIPassthrough.DeviceBackingInfo()), "PASSTHROUGH"),
        (Device.VirtualPCIPassthrough(key=1, backing=Device.VirtualPCIPassthrough.DynamicBackingInfo()), "PASSTHROUGH"),
        (Device.VirtualPCIPassthrough(key=1, backing=Device.VirtualPCIPassthrough.VmiopBackingInfo()), "VGPU"),
        (Device.VirtualSriovEthernetCard(key=1), "SRIOV"),
        (Device.VirtualNVDIMM(key=1), "PERSISTENT"),
        (scsi("physicalSharing"), "SHARED"),
        (scsi("virtualSharing"), "SHARED"),
        (connected(Device.VirtualCdrom, Device.VirtualCdrom.AtapiBackingInfo(deviceName="cd")), "HOST"),
        (connected(Device.VirtualCdrom, Device.VirtualCdrom.RemotePassthroughBackingInfo(deviceName="")), "CLIENT"),
        (connected(Device.VirtualFloppy, Device.VirtualFloppy.DeviceBackingInfo(deviceName="fd")), "HOST"),
        (Device.VirtualUSB(key=1, connected=True, backing=Device.VirtualUSB.USBBackingInfo(deviceName="u")), "HOST"),
        (connected(Device.VirtualSerialPort, Device.VirtualSerialPort.DeviceBackingInfo(deviceName="s")), "HOST"),
    ],
)
def test_a_device_that_is_tied_to_a_host_ties_the_vm(device: Any, pin: str) -> None:
    (found,) = vm_with(make_disk(2000, "datastore-1"), device).pins or ()
    assert found.name.startswith(pin)


@pytest.mark.parametrize(
    "device",
    [
        scsi("noSharing"),
        connected(Device.VirtualCdrom, image("datastore-9")),
        connected(Device.VirtualCdrom, Device.VirtualCdrom.AtapiBackingInfo(deviceName="cd"), is_connected=False),
        connected(Device.VirtualUSB, Device.VirtualUSB.RemoteHostBackingInfo(deviceName="u", hostname="h")),
        connected(
            Device.VirtualSerialPort, Device.VirtualSerialPort.URIBackingInfo(serviceURI="tcp://x", direction="")
        ),
        connected(Device.VirtualVmxnet3, Device.VirtualEthernetCard.NetworkBackingInfo(deviceName="VM Network")),
        mapped_lun("0200"),
    ],
)
def test_what_follows_a_vm_or_is_not_connected_does_not_tie_it(device: Any) -> None:
    assert vm_with(device).pins == ()


def test_settings_tie_a_vm_too() -> None:
    affinity = vim.vm.AffinityInfo(affinitySet=[0, 1])
    fault_tolerance = vim.vm.FaultTolerancePrimaryConfigInfo(role=1, instanceUuids=["u"], configPaths=["p"])
    assert vm_with(config__cpuAffinity=affinity).pins == (Pin.CPU_AFFINITY,)
    assert vm_with(config__cpuAffinity=affinity, runtime__powerState="suspended").pins == (Pin.CPU_AFFINITY,)
    assert vm_with(config__cpuAffinity=affinity, runtime__powerState="poweredOff").pins == ()
    assert vm_with(config__cpuAffinity=vim.vm.AffinityInfo()).pins == ()
    assert vm_with(config__ftInfo=fault_tolerance).pins == (Pin.FAULT_TOLERANCE,)


def test_devices_that_are_not_told_are_unknown() -> None:
    assert translate_vm(vm_facts(config__hardware__device=ABSENT)).pins is None


def test_images_in_connected_drives_are_seen() -> None:
    inserted, ejected = (
        connected(Device.VirtualCdrom, image(f"datastore-{number}"), is_connected=number == 8) for number in (8, 9)
    )
    floppy = Device.VirtualFloppy.ImageBackingInfo(fileName="[iso] f", datastore=vim.Datastore("datastore-7"))
    vm = vm_with(inserted, ejected, connected(Device.VirtualFloppy, floppy))
    assert vm.media_datastores == (ref("datastore-7"), ref("datastore-8"))


def test_mapped_luns_are_seen_at_both_ends() -> None:
    assert vm_with(mapped_lun("02b"), mapped_lun("02a"), mapped_lun(None)).raw_luns == ("02a", "02b")
    luns = [vim.host.ScsiDisk(uuid="02a"), vim.host.ScsiDisk(uuid="01z")]
    assert seen_luns(luns) == ("01z", "02a")
    assert seen_luns([]) == ()
    assert seen_luns(None) is None


@pytest.mark.parametrize(
    ("told", "version"), [("vmx-21", 21), ("vmx-08", 8), ("odd", None), ("", None), (ABSENT, None)]
)
def test_the_hardware_version_is_a_number(told: Any, version: int | None) -> None:
    assert translate_vm(vm_facts(config__version=told)).hardware_version == version


def test_an_encrypted_vm_names_its_key_provider() -> None:
    provider = vim.encryption.KeyProviderId(id="kms-1")
    key = vim.encryption.CryptoKeyId(keyId="k", providerId=provider)
    assert translate_vm(vm_facts(config__keyId=key)).key_provider == "kms-1"
    key.providerId = None
    assert translate_vm(vm_facts(config__keyId=key)).key_provider == "(not told)"
    assert translate_vm(vm_facts()).key_provider is None


def test_only_the_level_that_reserves_cores_is_latency_sensitive() -> None:
    levels = {
        level: translate_vm(
            vm_facts(config__latencySensitivity=vim.LatencySensitivity(level=level))
        ).is_latency_sensitive
        for level in ("low", "normal", "medium", "high")
    }
    assert levels == {"low": False, "normal": False, "medium": False, "high": True}


def test_what_works_on_a_vm_is_told_with_it() -> None:
    vm = translate_vm(
        vm_facts(runtime__consolidationNeeded=True),
        VmSurroundings(busy_with="VirtualMachine.createSnapshot", drs_behavior=VmDrsBehavior.MANUAL),
    )
    assert (vm.consolidation_needed, vm.busy_with, vm.drs_behavior) == (
        True,
        "VirtualMachine.createSnapshot",
        VmDrsBehavior.MANUAL,
    )


def test_hosts_that_hold_keys() -> None:
    assert {state: state.takes_keys for state in CryptoState} == {
        CryptoState.INCAPABLE: False,
        CryptoState.PREPARED: True,
        CryptoState.SAFE: True,
        CryptoState.PENDING_INCAPABLE: False,
    }
