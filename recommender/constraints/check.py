"""Asking every rule at once: what is broken as it stands, and what one move would break.

A move is judged on two pictures: *in flight*, where it holds room at both ends, and *arrived*. Rules that may be
broken for a moment are asked about the second alone. Only what is new counts: a place that was broken before the move
is not the move's doing, unless the move makes it worse for a VM that was not part of it.
"""

from collections.abc import Iterable, Mapping, Sequence

from recommender.constraints.base import Constraint, Violation
from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


def violations_in(
    constraints: Iterable[Constraint], inventory: Inventory, vms: Sequence[VirtualMachine] | None = None
) -> tuple[Violation, ...]:
    """Everything broken in which one of ``vms`` (all, where absent) takes part; what is merely unknown is left out."""
    asked = inventory.virtual_machines if vms is None else vms
    return tuple(
        violation
        for constraint in constraints
        for violation in constraint.violations(inventory, asked)
        if not violation.is_unknown
    )


def caused_by_move(
    constraints: Iterable[Constraint],
    inventory: Inventory,
    vm: VirtualMachine,
    destination: Host,
    disk_targets: Mapping[int, EntityRef] | None = None,
) -> tuple[Violation, ...]:
    """What moving ``vm`` to ``destination`` would break, missing facts included; empty if it may be moved now.

    ``disk_targets``: new datastore by disk key, for the disks that are copied. A VM that is already in flight is
    compared with itself at rest: what its present migration breaks does not excuse another one.
    """
    at_rest = inventory if inventory.in_flight_of(vm.ref) is None else inventory.without_in_flight(vm.ref)
    flying = inventory.with_in_flight(flight_of(inventory, vm, destination, disk_targets))
    arrived = inventory.with_vm_on(vm.ref, destination.ref, disk_targets)
    found: dict[Violation, None] = {}
    for constraint in constraints:
        before = tuple(constraint.violations(at_rest, (vm,)))
        if constraint.continuous:
            found.update(dict.fromkeys(_new(constraint.violations(flying, (vm,)), before, destination)))
        found.update(dict.fromkeys(_new(constraint.violations(arrived, (arrived.vm(vm.ref),)), before, destination)))
    seen: dict[tuple[object, ...], Violation] = {}
    for violation in found:
        seen.setdefault((violation.place, violation.is_unknown), violation)
    return tuple(seen.values())


def flight_of(
    inventory: Inventory, vm: VirtualMachine, destination: Host, disk_targets: Mapping[int, EntityRef] | None = None
) -> MigrationInFlight:
    """The migration that such a move would be."""
    arrived = inventory.with_vm_on(vm.ref, destination.ref, disk_targets).vm(vm.ref)
    return MigrationInFlight(
        vm=vm.ref,
        destination=destination.ref,
        destination_datastores=arrived.datastores if disk_targets else (),
        disk_targets=tuple(sorted((disk_targets or {}).items())),
    )


def _new(found: Iterable[Violation], before: Sequence[Violation], destination: Host) -> Iterable[Violation]:
    # The VM's own source may be, and stay, in a bad state: leaving it is how that is mended.
    places = {violation.place for violation in before}
    return [
        violation
        for violation in found
        if violation.place not in places
        and not (violation.is_unknown and violation.host not in (None, destination.ref))
    ]
