"""VMs that a rule keeps on one host leave an evacuated host together, each with its disks.

The question about datastores asks about one VM at a time. Here the largest VM of a rule chooses the host, the others
follow it there; where one finds no room the next host is tried.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from recommender.constraints.vm_affinity import VmAffinity
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Move, PlacementResult

HOSTS_TRIED: Final = 8

Solve = Callable[[PlacementRequest], PlacementResult]


def moves_of_tied_vms(request: PlacementRequest, stuck: frozenset[EntityRef], solve: Solve) -> tuple[Move, ...]:
    """Moves of those of ``stuck`` that a rule keeps together, whole groups only; ``solve`` asks about datastores."""
    moves: list[Move] = []
    picture = request.inventory
    for group in _groups(picture, stuck):
        found = _together(replace(request, inventory=picture), group, solve)
        picture = inventory_after(picture, found)
        moves += found
    return tuple(moves)


def _together(request: PlacementRequest, group: tuple[EntityRef, ...], solve: Solve) -> list[Move]:
    asked = replace(request, without_constraints=request.without_constraints | {VmAffinity.name})
    leader, *others = sorted(group, key=lambda ref: (-request.inventory.vm(ref).memory_mib, ref))
    homes = {request.inventory.vm(ref).host for ref in others}
    for _ in range(HOSTS_TRIED):
        first = solve(replace(asked, with_disks=frozenset((leader,)))).moves
        if not first:
            return []
        host = first[0].destination
        picture = inventory_after(request.inventory, first)
        follow = replace(asked, inventory=picture, with_disks=frozenset(others), among=(*sorted(homes - {host}), host))
        rest = solve(follow).moves
        if len(rest) == len(others):
            return [*first, *rest]
        asked = replace(asked, failed=(*asked.failed, (leader, host, "no room for all that belong together")))
    return []


def _groups(inventory: Inventory, stuck: frozenset[EntityRef]) -> Iterator[tuple[EntityRef, ...]]:
    """The VMs of rules all of whose members are on evacuated hosts and stuck; rules that share a VM are one."""
    joined: list[set[EntityRef]] = []
    for rule in inventory.vm_affinity_rules:
        group = _here(inventory, rule.vms)
        apart = [one for one in joined if one.isdisjoint(group)]
        group.update(*(one for one in joined if not one.isdisjoint(group)))
        joined = [*apart, group]
    yield from (tuple(sorted(group)) for group in joined if len(group) > 1 and group <= stuck)


def _here(inventory: Inventory, vms: Iterable[EntityRef]) -> set[EntityRef]:
    return {vm for vm in vms if inventory.find_vm(vm) is not None}
