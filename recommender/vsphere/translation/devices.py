"""What a VM's virtual devices and settings say about where it may go."""

from collections.abc import Iterable, Iterator
from typing import Any

from pyVmomi import vim

from recommender.inventory.pin import Pin
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState
from recommender.inventory.vm_settings import FaultToleranceRole
from recommender.quantities import mib_from_bytes
from recommender.vsphere.facts import Facts

Device = vim.vm.device
# Drives and ports whose backing somebody else may hold; a network card's backing is a device by name only.
_DRIVES_AND_PORTS = (
    Device.VirtualCdrom,
    Device.VirtualFloppy,
    Device.VirtualUSB,
    Device.VirtualSerialPort,
    Device.VirtualParallelPort,
    Device.VirtualSCSIPassthrough,
)
_DRIVES = (Device.VirtualCdrom, Device.VirtualFloppy)
# Looked up once: pyVmomi finds a type anew each time that it is named.
_DISK_MAPPING = Device.VirtualDisk.RawDiskMappingVer1BackingInfo
_WHOLE_DISK = Device.VirtualDisk.RawDiskVer2BackingInfo
_LOCAL_MEMORY = Device.VirtualDisk.LocalPMemBackingInfo
_PASSTHROUGH, _SRIOV = Device.VirtualPCIPassthrough, Device.VirtualSriovEthernetCard
_NVDIMM, _SCSI_CONTROLLER = Device.VirtualNVDIMM, Device.VirtualSCSIController
_NOT_SHARED = str(Device.VirtualSCSIController.Sharing.noSharing)
_OF_CLIENT, _OF_HOST = Device.VirtualDevice.RemoteDeviceBackingInfo, Device.VirtualDevice.DeviceBackingInfo
_FOLLOWS = Device.VirtualUSB.RemoteHostBackingInfo
_VIDEO_CARD = Device.VirtualVideoCard
_PRIMARY = 1  # the role of the VM that the other one follows (vSphere API, FaultToleranceConfigInfo)
_VGPU = (Device.VirtualPCIPassthrough.VmiopBackingInfo, Device.VirtualPCIPassthrough.DvxBackingInfo)


def pins_of(facts: Facts, power_state: PowerState) -> tuple[Pin, ...] | None:
    """What ties the VM to its host; ``None`` where vCenter did not tell its devices."""
    devices = facts.get("config.hardware.device")
    if devices is None:
        return None
    found = {pin for device in devices for pin in _pins(device)}
    affinity = facts.get("config.cpuAffinity")
    if affinity is not None and affinity.affinitySet and power_state is not PowerState.POWERED_OFF:
        found.add(Pin.CPU_AFFINITY)
    if facts.get("config.ftInfo") is not None:
        found.add(Pin.FAULT_TOLERANCE)
    return tuple(pin for pin in Pin if pin in found)


def media_datastores_of(facts: Facts) -> tuple[EntityRef, ...]:
    """The datastores of the images in its connected drives."""
    backings = (
        device.backing
        for device in facts.get("config.hardware.device") or ()
        if isinstance(device, _DRIVES) and _is_connected(device)
    )
    stores = (getattr(backing, "datastore", None) for backing in backings)
    return facts.refs_of(store for store in stores if store is not None)


def raw_luns_of(facts: Facts) -> tuple[str, ...]:
    """The ids of the LUNs that are mapped into it."""
    disks = (
        device for device in facts.get("config.hardware.device") or () if isinstance(device.backing, _DISK_MAPPING)
    )
    return tuple(sorted({str(disk.backing.lunUuid) for disk in disks if disk.backing.lunUuid}))


def has_passthrough(facts: Facts) -> bool:
    """Whether it has a device of its host's, of which others may be elsewhere."""
    devices = facts.get("config.hardware.device") or ()
    return any(isinstance(device, (_PASSTHROUGH, _SRIOV)) for device in devices)


def vgpu_profiles_of(facts: Facts) -> tuple[str, ...]:
    """The profile of each of its vGPUs."""
    devices = facts.get("config.hardware.device") or ()
    profiles = (getattr(device.backing, "vgpu", None) for device in devices if isinstance(device, _PASSTHROUGH))
    return tuple(sorted(str(profile) for profile in profiles if profile))


def sriov_adapters_of(facts: Facts) -> int:
    """How many virtual functions of network adapters it holds."""
    return sum(isinstance(device, _SRIOV) for device in facts.get("config.hardware.device") or ())


def video_memory_mib_of(facts: Facts) -> int | None:
    """The memory of its video card, which vMotion carries, too."""
    cards = (device for device in facts.get("config.hardware.device") or () if isinstance(device, _VIDEO_CARD))
    kib: int | None = next((card.videoRamSizeInKB for card in cards), None)
    return None if kib is None else mib_from_bytes(kib * 1024)


def fault_tolerance_of(facts: Facts) -> FaultToleranceRole | None:
    """Which one of a Fault Tolerance pair it is."""
    told = facts.get("config.ftInfo")
    if told is None:
        return None
    return FaultToleranceRole.PRIMARY if told.role == _PRIMARY else FaultToleranceRole.SECONDARY


def seen_luns(luns: Iterable[Any] | None) -> tuple[str, ...] | None:
    """The ids of the LUNs that a host sees."""
    return None if luns is None else tuple(sorted({str(lun.uuid) for lun in luns if lun.uuid}))


def key_provider_of(facts: Facts) -> str | None:
    """The key provider of an encrypted VM or one with a vTPM; a text that says so where its name is not told."""
    key = facts.get("config.keyId")
    if key is None:
        return None
    provider = key.providerId.id if key.providerId is not None else None
    return str(provider or "(not told)")


def hardware_version_of(facts: Facts) -> int | None:
    """21 for ``vmx-21``."""
    digits = str(facts.get("config.version") or "").removeprefix("vmx-")
    return int(digits) if digits.isdecimal() else None


def _pins(device: Any) -> Iterator[Pin]:
    backing = device.backing
    if isinstance(device, _PASSTHROUGH):
        yield Pin.VGPU if isinstance(backing, _VGPU) else Pin.PASSTHROUGH_DEVICE
    elif isinstance(device, _SRIOV):
        yield Pin.SRIOV_DEVICE
    elif isinstance(device, _NVDIMM) or isinstance(backing, _LOCAL_MEMORY):
        yield Pin.PERSISTENT_MEMORY
    elif isinstance(backing, _WHOLE_DISK):
        yield Pin.HOST_DEVICE  # a whole disk of the host
    elif isinstance(device, _SCSI_CONTROLLER):
        if str(device.sharedBus) != _NOT_SHARED:
            yield Pin.SHARED_SCSI_BUS
    elif isinstance(device, _DRIVES_AND_PORTS) and _is_connected(device):
        if isinstance(backing, _OF_CLIENT):
            yield Pin.CLIENT_DEVICE
        elif isinstance(backing, _OF_HOST) and not _follows(backing):
            yield Pin.HOST_DEVICE


def _follows(backing: Any) -> bool:
    """Whether vMotion keeps the VM connected to a USB device of the host that it leaves."""
    return isinstance(backing, _FOLLOWS)


def _is_connected(device: Any) -> bool:
    return device.connectable is None or bool(device.connectable.connected)
