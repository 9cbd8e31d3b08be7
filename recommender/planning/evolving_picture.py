"""How the picture of the inventory changes when a move starts and ends, and what forbids its start."""

from collections.abc import Sequence

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move, flight_of
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move


def with_started(picture: Inventory, move: Move) -> Inventory:
    """The picture once ``move`` has started: its VM holds room at both ends."""
    destination = picture.host(move.destination)
    return picture.with_in_flight(flight_of(picture, picture.vm(move.vm), destination, disk_targets(move)))


def with_ended(picture: Inventory, move: Move) -> Inventory:
    """The picture once ``move`` has ended: its VM has arrived."""
    return picture.with_vm_on(move.vm, move.destination, disk_targets(move), move.new_formats)


def refusals(constraints: Sequence[Constraint], picture: Inventory, move: Move) -> tuple[Violation, ...]:
    """What forbids ``move`` to start in this picture, missing facts included; empty if it may."""
    vm, destination = picture.vm(move.vm), picture.host(move.destination)
    return caused_by_move(constraints, picture, vm, destination, disk_targets(move))


def is_held_back(constraints: Sequence[Constraint], picture: Inventory, move: Move) -> bool:
    """Whether a rule would be newly broken while ``move`` is under way: a quick answer, most often the whole one.

    ``refusals`` also looks at the VM once it has arrived, and gives the reasons.
    """
    vm, destination = picture.vm(move.vm), picture.host(move.destination)
    if move.disk_moves or picture.in_flight_of(move.vm) is not None:
        return bool(refusals(constraints, picture, move))
    flying = picture.with_in_flight(MigrationInFlight(vm=vm.ref, destination=destination.ref))
    for rule in constraints:
        found = [
            broken
            for broken in rule.violations(flying, (vm,))
            if not broken.is_unknown or broken.host in (None, destination.ref)
        ]
        if found and not {broken.place for broken in found} <= {old.place for old in rule.violations(picture, (vm,))}:
            return True
    return False


def disk_targets(move: Move) -> dict[int, EntityRef] | None:
    """New datastore by disk key; ``None`` when no disk is copied."""
    return {disk.disk_key: disk.destination for disk in move.disk_moves} or None


def places_needed(move: Move) -> frozenset[EntityRef]:
    """Where ``move`` needs room."""
    return frozenset((move.destination, *(disk.destination for disk in move.disk_moves)))


def places_freed(move: Move) -> frozenset[EntityRef]:
    """Where ``move`` gives room back at its end."""
    stays = {move.destination, *(disk.destination for disk in move.disk_moves)}
    return frozenset((move.source, *(disk.source for disk in move.disk_moves))) - stays
