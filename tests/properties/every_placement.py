"""Every placement of a few VMs, judged by the checkers of the rules alone: slow, and independent of the search."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move
from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.free_vms import asked_violations, free_vms
from recommender.placement.request import PlacementRequest

# Of these, a pair alone can be refused, but not approved: they are asked about the whole picture.
DEPEND_ON_SEVERAL_VMS = frozenset(
    {
        "cpu_capacity",
        "memory_capacity",
        "vm_affinity",
        "vm_anti_affinity",
        "vcpu_ratio",
        "fault_domains",
        "exclusive_cores",
        "vgpu_slots",
    }
)
MOST_PLACEMENTS = 300


def end_of(inventory: Inventory, places: dict[EntityRef, EntityRef]) -> Inventory:
    """The inventory with some VMs elsewhere."""
    vms = tuple(replace(vm, host=places.get(vm.ref, vm.host)) for vm in inventory.virtual_machines)
    return replace(inventory, virtual_machines=vms)


def rules_of(request: PlacementRequest) -> tuple[Constraint, ...]:
    """The rules under which a question is asked."""
    return constraints_for(request.policy, evacuate=request.evacuate, among=request.among)


def broken_by_moves(rules: Sequence[Constraint], start: Inventory, end: Inventory) -> list[Violation]:
    """What VMs that moved break where they are now, missing facts included, and did not break where they were."""
    found = []
    for vm in end.virtual_machines:
        before = start.vm(vm.ref)
        if before.host != vm.host:
            for rule in rules:
                places = {violation.place for violation in rule.violations(start, (before,))}
                found += [new for new in rule.violations(end, (vm,)) if new.place not in places]
    return found


def allowed_hosts(request: PlacementRequest, vm: VirtualMachine) -> list[EntityRef]:
    """Its own host, and every host to which nothing forbids to bring this VM by itself."""
    alone = [rule for rule in rules_of(request) if rule.name not in DEPEND_ON_SEVERAL_VMS]
    return [
        host.ref
        for host in request.inventory.hosts
        if host.ref == vm.host or not caused_by_move(alone, request.inventory, vm, host)
    ]


def choices(request: PlacementRequest, *, make_room: bool = False) -> list[tuple[EntityRef, list[EntityRef]]]:
    """The VMs that may move, each with the hosts where it may be."""
    free = free_vms(request, rules_of(request), make_room=make_room)
    return [(vm.ref, allowed_hosts(request, vm)) for vm in free.vms]


def is_small(request: PlacementRequest) -> bool:
    """Whether all placements can be tried."""
    return prod(len(hosts) for _, hosts in choices(request, make_room=True)) <= MOST_PLACEMENTS


def good_placements(request: PlacementRequest, *, make_room: bool = False) -> Iterator[Inventory]:
    """Every end at which nothing that was to be mended is broken, and nothing is broken anew."""
    rules = rules_of(request)
    free = choices(request, make_room=make_room)
    for hosts in product(*(hosts for _, hosts in free)):
        end = end_of(request.inventory, dict(zip((vm for vm, _ in free), hosts, strict=True)))
        if not asked_violations(request, rules, end) and not broken_by_moves(rules, request.inventory, end):
            yield end
