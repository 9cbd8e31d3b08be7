"""Whether a step may start now: asked of a fresh inventory right before it is sent, whatever the plan says."""

from collections.abc import Iterable, Iterator

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine
from recommender.placement.result import Move
from recommender.planning.plan import PlanStep


def reason_to_skip(
    inventory: Inventory, constraints: Iterable[Constraint], step: PlanStep, instance_uuid: str
) -> str | None:
    """Why ``step`` may not start in this world, in words with numbers; ``None`` if nothing speaks against it."""
    return changed_world(inventory, step, instance_uuid) or broken_rule(inventory, constraints, step)


def changed_world(inventory: Inventory, step: PlanStep, instance_uuid: str) -> str | None:
    """What is no longer as the step was made for: the VM, where it is, or what it goes to."""
    return next(_changes(inventory, step.move, instance_uuid), None)


def broken_rule(inventory: Inventory, constraints: Iterable[Constraint], step: PlanStep) -> str | None:
    """Which rules that must hold at every moment the step would break now.

    Unlike a changed world this may pass by itself, when another migration ends. Rules that must hold only at a plan's
    end are not asked: other steps may be needed until they hold.
    """
    move = step.move
    vm, destination = inventory.find_vm(move.vm), inventory.find_host(move.destination)
    if vm is None or destination is None:
        return None
    continuous = [constraint for constraint in constraints if constraint.continuous]
    targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
    violations = caused_by_move(continuous, inventory, vm, destination, targets)
    return "; ".join(_told(inventory, move, violation) for violation in violations) or None


def _changes(inventory: Inventory, move: Move, instance_uuid: str) -> Iterator[str]:
    vm = inventory.find_vm(move.vm)
    if vm is None:
        yield "the VM is gone"
        return
    if vm.instance_uuid != instance_uuid:
        yield f"another VM has its address now (instance UUID {vm.instance_uuid} instead of {instance_uuid})"
    flight = inventory.in_flight_of(vm.ref)
    if flight is not None:
        yield f"a migration of it to host {_host(inventory, flight.destination)} is under way"
    if vm.host != move.source:
        yield f"it is on host {_host(inventory, vm.host)} now, not on {_host(inventory, move.source)}"
    for ref, role in ((move.source, "source"), (move.destination, "destination")):
        if inventory.find_host(ref) is None:
            yield f"its {role} host {ref} is no longer in the inventory"
    yield from _disk_changes(inventory, vm, move)


def _disk_changes(inventory: Inventory, vm: VirtualMachine, move: Move) -> Iterator[str]:
    disks = {HOME: vm.home_datastore, **{disk.key: disk.datastore for disk in vm.disks}}
    for disk in move.disk_moves:
        found = disks.get(disk.disk_key)
        if found is None:
            yield f"its disk {disk.disk_key} is gone"
        elif found != disk.source:
            yield (
                f"its disk {disk.disk_key} is on datastore {_datastore(inventory, found)} now, "
                f"not on {_datastore(inventory, disk.source)}"
            )
        if inventory.find_datastore(disk.destination) is None:
            yield f"datastore {disk.destination} is no longer in the inventory"


def _told(inventory: Inventory, move: Move, violation: Violation) -> str:
    rule = f"{violation.constraint} ({violation.rule})" if violation.rule else violation.constraint
    where = violation.host if violation.host != move.destination else None
    return f"{rule}{f' on host {_host(inventory, where)}' if where else ''}: {violation.reason}"


def _host(inventory: Inventory, ref: EntityRef) -> str:
    host = inventory.find_host(ref)
    return host.name if host else str(ref)


def _datastore(inventory: Inventory, ref: EntityRef) -> str:
    datastore = inventory.find_datastore(ref)
    return datastore.name if datastore else str(ref)
