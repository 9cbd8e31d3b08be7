"""VMs that find no place, with what speaks against each host."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.free_vms import FreeVms
from recommender.placement.result import Unplaceable

CHECKS: Final = 20_000  # of a VM at a host, which takes seconds in the largest fleets …
HOSTS_TOLD: Final = 8  # … but of each VM so many hosts are asked at least


def unplaceable_of(constraints: tuple[Constraint, ...], free: FreeVms, end: Inventory) -> tuple[Unplaceable, ...]:
    """Every VM that has to leave and is still there, with what each host says to it once all others have moved."""
    return with_rejections(constraints, left_behind(free, end), end)


def left_behind(free: FreeVms, end: Inventory) -> tuple[Unplaceable, ...]:
    """Every VM that has to leave and is still there, without a reason as yet."""
    here = ((vm, end.vm(vm.ref)) for vm in free.vms if vm.ref in free.must_leave)
    return tuple(Unplaceable(vm=vm.ref, rejections=()) for vm, now in here if now.host == vm.host)


def with_rejections(
    constraints: tuple[Constraint, ...], left: Sequence[Unplaceable], end: Inventory
) -> tuple[Unplaceable, ...]:
    """What the hosts say to each; of very many VMs and hosts only the first hosts are asked."""
    most = max(HOSTS_TOLD, CHECKS // max(1, len(left)))
    return tuple(replace(one, rejections=tuple(_rejections(constraints, end, one.vm, most))) for one in left)


def _rejections(constraints: tuple[Constraint, ...], end: Inventory, ref: EntityRef, most: int) -> Iterator[Violation]:
    vm = end.vm(ref)
    for host in [host for host in end.hosts if host.ref != vm.host][:most]:
        first = next(iter(caused_by_move(constraints, end, vm, host)), None)
        if first is not None:
            yield first if first.host is not None else replace(first, host=host.ref)
