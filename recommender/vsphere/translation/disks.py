"""The virtual disks of a VM and what its snapshots take."""

from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.quantities import mib_from_bytes
from recommender.vsphere.facts import Facts, moid_of

VIRTUAL_DISK = vim.vm.device.VirtualDisk  # looked up once: pyVmomi finds a type anew each time that it is named
_RAW = (VIRTUAL_DISK.RawDiskMappingVer1BackingInfo, VIRTUAL_DISK.RawDiskVer2BackingInfo)
MULTI_WRITER: Final = "sharingMultiWriter"


def disks_of(facts: Facts) -> tuple[Disk, ...]:
    """The virtual disks by device key; their size is what they take on storage where vCenter tells it."""
    committed = _committed_bytes(facts)
    home = _folder(facts.get("config.files.vmPathName"))
    disks = (
        _disk(facts, device, committed.get(device.key), home)
        for device in facts.get("config.hardware.device") or ()
        if isinstance(device, VIRTUAL_DISK)
    )
    return tuple(sorted(disks, key=lambda disk: disk.key))


def snapshots_of(facts: Facts) -> tuple[int, int]:
    """How many snapshots there are, and what their memory and configuration take in MiB; disks count what theirs do."""
    snapshots = facts.get("layoutEx.snapshot") or ()
    if not snapshots:
        return 0, 0
    sizes = {file.key: int(file.size or 0) for file in facts.get("layoutEx.file") or ()}
    keys = {key for snapshot in snapshots for key in (snapshot.dataKey, snapshot.memoryKey) if key is not None}
    return len(snapshots), mib_from_bytes(sum(sizes.get(key, 0) for key in keys))


def _disk(facts: Facts, device: Any, committed: int | None, home: str | None) -> Disk:
    backing, capacity = device.backing, _capacity_bytes(device)
    return Disk(
        key=device.key,
        datastore=_datastore_of(facts, device),
        size_mib=mib_from_bytes(committed or capacity),
        capacity_mib=mib_from_bytes(capacity),
        provisioning=_provisioning(backing),
        mode=getattr(backing, "diskMode", None) or None,
        is_shared=str(getattr(backing, "sharing", None)) == MULTI_WRITER,
        is_linked=_is_linked(backing, home),
        is_first_class=device.vDiskId is not None,
        is_raw=isinstance(backing, _RAW),
    )


def _provisioning(backing: Any) -> DiskProvisioning | None:
    thin = getattr(backing, "thinProvisioned", None)
    if thin is None:
        return None
    if thin:
        return DiskProvisioning.THIN
    eager = getattr(backing, "eagerlyScrub", None)
    return DiskProvisioning.EAGER_ZEROED if eager else DiskProvisioning.LAZY_ZEROED


def _is_linked(backing: Any, home: str | None) -> bool:
    """Whether a disk below it lies in another folder: snapshots of the VM's own lie beside the disk or in its home."""
    own = {_folder(getattr(backing, "fileName", None)), home}
    parent = getattr(backing, "parent", None)
    while parent is not None:
        if _folder(parent.fileName) not in own:
            return True
        parent = getattr(parent, "parent", None)
    return False


def _folder(path: str | None) -> str | None:
    return path.rpartition("/")[0] if path else None


def _datastore_of(facts: Facts, disk: Any) -> EntityRef:
    datastore = getattr(disk.backing, "datastore", None)
    if datastore is None:
        raise facts.incomplete(f"config.hardware.device[{disk.key}].backing.datastore")
    return EntityRef(facts.vcenter, moid_of(datastore))


def _capacity_bytes(disk: Any) -> int:
    return int(disk.capacityInBytes or disk.capacityInKB * 1024)


def _committed_bytes(facts: Facts) -> dict[int, int]:
    """By disk key, what its files take. A disk with a file of no size is left out: that is no measurement."""
    sizes = {file.key: int(file.size or 0) for file in facts.get("layoutEx.file") or ()}
    committed = {}
    for disk in facts.get("layoutEx.disk") or ():
        files = [sizes.get(key, 0) for unit in disk.chain or () for key in unit.fileKey or ()]
        if files and all(files):
            committed[disk.key] = sum(files)
    return committed
