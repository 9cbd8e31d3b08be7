"""A move as the argument of RelocateVM_Task."""

from collections.abc import Sequence
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, Disk
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.placement.result import Move
from recommender.relocation_policy import CallPriority, DiskMoveType

MANDATORY: Final = 1
DEFAULT_MODE: Final = "persistent"


def relocate_spec(
    move: Move,
    *,
    pool: EntityRef | None,
    disks: tuple[Disk, ...],
    folder: EntityRef | None = None,
    cards: Sequence[vim.vm.device.VirtualDeviceSpec] = (),
    disk_move_type: DiskMoveType | None = None,
    service: vim.ServiceLocator | None = None,
) -> vim.vm.RelocateSpec:
    """What is sent for ``move``.

    ``pool``: one of the destination's cluster where that is another than the VM's, which vCenter then needs.
    ``folder``: that of the destination's data centre, where that is another one. ``disks``: all that the VM has; where
    all of them move, its home follows the first one unless it is named itself. ``cards``: its network adapters as they
    are connected there, where that changes. ``disk_move_type``: of linked clones' disks. ``service``: the vCenter
    that the destination belongs to, if another.
    """
    spec = vim.vm.RelocateSpec(host=vim.HostSystem(move.destination.moid))
    if pool is not None:
        spec.pool = vim.ResourcePool(pool.moid)
    if folder is not None:
        spec.folder = vim.Folder(folder.moid)
    targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
    home = targets.pop(HOME, None)
    if home is not None:
        # With a datastore of its own the call moves every disk that it does not name.
        targets = {disk.key: targets.get(disk.key, disk.datastore) for disk in disks}
    elif disks and all(disk.key in targets for disk in disks):
        home = targets[disks[0].key]
    formats = {disk.disk_key: disk.provisioning for disk in move.disk_moves}
    modes = {disk.key: disk.mode for disk in disks}
    linked = {disk.key for disk in disks if disk.is_linked and disk_move_type is not None}
    spec.disk = [
        vim.vm.RelocateSpec.DiskLocator(
            diskId=key,
            datastore=vim.Datastore(target.moid),
            **_backing(formats.get(key), modes.get(key)),
            **({"diskMoveType": str(disk_move_type)} if key in linked else {}),
        )
        for key, target in sorted(targets.items())
    ]
    if home is not None:
        spec.datastore = vim.Datastore(home.moid)
    if cards:
        spec.deviceChange = list(cards)
    if service is not None:
        spec.service = service
    return spec


def relocate_priority(move: Move, priority: CallPriority = CallPriority.BY_REASON) -> vim.VirtualMachine.MovePriority:
    """How vCenter ranks it among others: a mandatory move reserves what it needs before it begins."""
    priorities = vim.VirtualMachine.MovePriority
    is_high = priority is CallPriority.HIGH or (priority is CallPriority.BY_REASON and move.priority == MANDATORY)
    ranked: vim.VirtualMachine.MovePriority = priorities.highPriority if is_high else priorities.defaultPriority
    return ranked


def _backing(provisioning: DiskProvisioning | None, mode: str | None) -> dict[str, Any]:
    """How the disk takes its space there, where that changes; vCenter chooses the file."""
    if provisioning is None:
        return {}
    return {
        "diskBackingInfo": vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
            fileName="",
            diskMode=mode or DEFAULT_MODE,
            thinProvisioned=provisioning is DiskProvisioning.THIN,
            eagerlyScrub=provisioning is DiskProvisioning.EAGER_ZEROED,
        )
    }
