"""VMs that find no place, with what speaks against each host."""

from dataclasses import replace

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.free_vms import FreeVms
from recommender.placement.result import Unplaceable


def unplaceable_of(constraints: tuple[Constraint, ...], free: FreeVms, end: Inventory) -> tuple[Unplaceable, ...]:
    """Every VM that has to leave and is still there, with what each host says to it once all others have moved."""
    left: list[Unplaceable] = []
    for vm in free.vms:
        now = end.vm(vm.ref)
        if vm.ref in free.must_leave and now.host == vm.host:
            rejections = _rejections(constraints, end, now.ref)
            left.append(Unplaceable(vm=vm.ref, rejections=rejections))
    return tuple(left)


def _rejections(constraints: tuple[Constraint, ...], end: Inventory, ref: EntityRef) -> tuple[Violation, ...]:
    vm = end.vm(ref)
    found = []
    for host in end.hosts:
        if host.ref != vm.host:
            first = next(iter(caused_by_move(constraints, end, vm, host)), None)
            if first is not None:
                found.append(first if first.host is not None else replace(first, host=host.ref))
    return tuple(found)
