"""What of a VM may be copied by itself, at the finest: one disk, the home with the first one beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.disks.build import is_asked_about
from recommender.placement.disks.units import DiskUnit, units_of
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.rules_asked import copies_disks

UNMADE: Final = "new:disks"  # where the disks of a VM are that is still to be made: no datastore there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """``unit`` of the VM in ``row``; ``together``: the number of those that share a datastore, within the VM."""

    row: int
    unit: DiskUnit
    together: int

    @property
    def store(self) -> EntityRef:
        """Where it is."""
        return self.unit.on[0][0]

    @property
    def size_mib(self) -> int:
        """What it takes there."""
        return self.unit.on[0][1]


def may_copy(request: PlacementRequest, vm: VirtualMachine) -> bool:
    """Whether the question lets disks of this VM go to other datastores, as far as no rule forbids it."""
    if vm.ref in request.newcomers or vm.ref in request.with_disks:
        return True
    if request.goal is Goal.PLACE:
        return vm.ref in request.to_place and request.policy.relocation.copy_disks
    leaving = frozenset(request.evacuate)
    if copies_disks(request):
        is_leaving = not leaving.isdisjoint({vm.home_datastore, *(disk.datastore for disk in vm.disks)})
        return is_asked_about(request, request.inventory, vm) and (request.goal is Goal.DATASTORES or is_leaving)
    return request.goal is Goal.EVACUATE and request.policy.relocation.copy_disks and vm.host in leaving


def parts_of(request: PlacementRequest, vms: Sequence[VirtualMachine], space: DatastoreSpace) -> tuple[Part, ...]:
    """The parts of those VMs whose disks may be copied."""
    leaving = frozenset(
        {*request.evacuate, *(EntityRef(host.ref.vcenter, UNMADE) for host in request.inventory.hosts[:1])}
    )
    found: list[Part] = []
    for row, vm in enumerate(vms):
        if not may_copy(request, vm):
            continue
        groups = units_of(vm, leaving, space, one_by_one=False)
        for unit in units_of(vm, leaving, space, one_by_one=True):
            number = next(number for number, group in enumerate(groups) if unit.keys <= group.keys)
            found.append(Part(row=row, unit=replace(unit, is_whole=False), together=number))
    return tuple(found)
