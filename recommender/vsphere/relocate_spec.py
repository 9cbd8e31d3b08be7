"""A move as the argument of RelocateVM_Task."""

from pyVmomi import vim

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk
from recommender.placement.result import Move

MANDATORY = 1


def relocate_spec(move: Move, *, pool: EntityRef | None, disks: tuple[Disk, ...]) -> vim.vm.RelocateSpec:
    """What is sent for ``move``.

    ``pool``: the root pool of the destination's cluster where that is another than the VM's, which vCenter then needs.
    ``disks``: all that the VM has; where all of them move, its configuration files follow the first one.
    """
    spec = vim.vm.RelocateSpec(host=vim.HostSystem(move.destination.moid))
    if pool is not None:
        spec.pool = vim.ResourcePool(pool.moid)
    targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
    spec.disk = [
        vim.vm.RelocateSpec.DiskLocator(diskId=key, datastore=vim.Datastore(target.moid))
        for key, target in sorted(targets.items())
    ]
    if disks and all(disk.key in targets for disk in disks):
        spec.datastore = vim.Datastore(targets[disks[0].key].moid)
    return spec


def relocate_priority(move: Move) -> vim.VirtualMachine.MovePriority:
    """How vCenter ranks it among others: a mandatory move reserves what it needs before it begins."""
    priorities = vim.VirtualMachine.MovePriority
    priority: vim.VirtualMachine.MovePriority = (
        priorities.highPriority if move.priority == MANDATORY else priorities.defaultPriority
    )
    return priority
