"""A move as the argument of RelocateVM_Task."""

from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, Disk
from recommender.placement.result import Move

MANDATORY = 1


def relocate_spec(move: Move, *, pool: EntityRef | None, disks: tuple[Disk, ...]) -> vim.vm.RelocateSpec:
    """What is sent for ``move``.

    ``pool``: the root pool of the destination's cluster where that is another than the VM's, which vCenter then needs.
    ``disks``: all that the VM has; where all of them move, its home follows the first one unless it is named itself.
    """
    spec = vim.vm.RelocateSpec(host=vim.HostSystem(move.destination.moid))
    if pool is not None:
        spec.pool = vim.ResourcePool(pool.moid)
    targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
    home = targets.pop(HOME, None)
    if home is not None:
        # With a datastore of its own the call moves every disk that it does not name.
        targets = {disk.key: targets.get(disk.key, disk.datastore) for disk in disks}
    elif disks and all(disk.key in targets for disk in disks):
        home = targets[disks[0].key]
    spec.disk = [
        vim.vm.RelocateSpec.DiskLocator(diskId=key, datastore=vim.Datastore(target.moid))
        for key, target in sorted(targets.items())
    ]
    if home is not None:
        spec.datastore = vim.Datastore(home.moid)
    return spec


def relocate_priority(move: Move) -> vim.VirtualMachine.MovePriority:
    """How vCenter ranks it among others: a mandatory move reserves what it needs before it begins."""
    priorities = vim.VirtualMachine.MovePriority
    priority: vim.VirtualMachine.MovePriority = (
        priorities.highPriority if move.priority == MANDATORY else priorities.defaultPriority
    )
    return priority
