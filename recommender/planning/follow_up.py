"""What is to be done after a plan that was carried out in part: the rest of it, or everything put back."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine
from recommender.migration.estimate_move import estimate_move
from recommender.placement.move_details import disk_move, network_moves
from recommender.placement.result import Move
from recommender.planning.plan import Plan
from recommender.policy import Policy

NO_GAIN: Final = 0.0
_End = tuple[EntityRef, dict[int, EntityRef]]  # the host, and the datastore of each disk


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """``moves`` from where the VMs are now; ``left``: VMs of the plan that are not moved, each with the reason."""

    moves: tuple[Move, ...]
    left: Mapping[EntityRef, str]


def rest_of_moves(
    inventory: Inventory, policy: Policy, plan: Plan, done: Collection[int], uuids: Mapping[EntityRef, str]
) -> FollowUp:
    """Each VM not all of whose steps are ``done``, from where it is to where the plan ends it."""
    open_vms = {step.move.vm for step in plan.steps if step.number not in done}

    def wanted(own: list[Move]) -> _End | None:
        if open_vms.isdisjoint(move.vm for move in own):
            return None
        return own[-1].destination, {disk.disk_key: disk.destination for move in own for disk in move.disk_moves}

    return _follow_up(inventory, policy, plan, uuids, wanted)


def moves_back(
    inventory: Inventory, policy: Policy, plan: Plan, done: Collection[int], uuids: Mapping[EntityRef, str]
) -> FollowUp:
    """Each VM that a ``done`` step moved, back to where it was before the plan; from another vCenter as well."""
    moved = {step.move.vm for step in plan.steps if step.number in done}

    def wanted(own: list[Move]) -> _End | None:
        if moved.isdisjoint(move.vm for move in own):
            return None
        return own[0].source, {disk.disk_key: disk.source for move in reversed(own) for disk in move.disk_moves}

    return _follow_up(inventory, policy, plan, uuids, wanted)


def _follow_up(
    inventory: Inventory,
    policy: Policy,
    plan: Plan,
    uuids: Mapping[EntityRef, str],
    wanted: Callable[[list[Move]], _End | None],
) -> FollowUp:
    present: defaultdict[str, list[VirtualMachine]] = defaultdict(list)  # in another vCenter a VM has another id
    for one in inventory.virtual_machines:
        present[one.instance_uuid].append(one)
    own: dict[object, list[Move]] = {}  # by instance UUID as well
    for step in plan.steps:
        own.setdefault(uuids.get(step.move.vm, step.move.vm), []).append(step.move)
    moves: list[Move] = []
    left: dict[EntityRef, str] = {}
    for legs in own.values():
        end = wanted(legs)
        if end is None:
            continue
        uuid = uuids.get(legs[0].vm)
        vm = _present(inventory, legs, uuid, [] if uuid is None else present[uuid])
        made = vm if isinstance(vm, str) else _move(inventory, policy, vm, legs, *end)
        if isinstance(made, str):
            left[legs[0].vm] = made
        elif made is not None:
            moves.append(made)
    return FollowUp(moves=tuple(moves), left=left)


def _present(
    inventory: Inventory, legs: list[Move], uuid: str | None, found: list[VirtualMachine]
) -> VirtualMachine | str:
    """The VM of these moves as it is now, maybe in another vCenter, or why there is none.

    ``found``: all that have its instance UUID.
    """
    same = next((vm for leg in legs if (vm := inventory.find_vm(leg.vm)) is not None), None)
    if same is not None and same.instance_uuid != uuid:
        return "another VM has its address now"
    if len(found) > 1:
        return f"{len(found)} VMs have its instance UUID: {', '.join(str(vm.ref) for vm in found)}"
    return found[0] if found else "it is gone"


def _move(
    inventory: Inventory,
    policy: Policy,
    vm: VirtualMachine,
    legs: list[Move],
    destination: EntityRef,
    stores: dict[int, EntityRef],
) -> Move | str | None:
    """The move there, why there is none, or ``None`` for a VM that is there already."""
    host = inventory.find_host(destination)
    if host is None:
        return "the host it is to go to is gone"
    known = {legs[0].source, *(leg.destination for leg in legs)}
    if vm.host not in known:
        strange = inventory.find_host(vm.host)
        return f"it is on {strange.name if strange else vm.host} now, where the plan never had it"
    if inventory.in_flight_of(vm.ref) is not None:
        return "it is in a migration"
    now = {HOME: vm.home_datastore, **{disk.key: disk.datastore for disk in vm.disks}}
    disk_moves = tuple(
        disk_move(policy, vm, key, here, store)
        for key, store in stores.items()
        if (here := now.get(key)) is not None and here != store
    )
    if vm.host == destination and not disk_moves:
        return None
    unknown = sorted(key for key in now.keys() - stores.keys() if key != HOME)
    if unknown and vm.host.vcenter != destination.vcenter:
        return f"where its disks {', '.join(map(str, unknown))} were in vCenter {destination.vcenter} is not known"
    bare = replace(
        legs[-1],
        vm=vm.ref,
        source=vm.host,
        destination=destination,
        disk_moves=disk_moves,
        network_moves=network_moves(inventory, policy, vm, host),
        gain=NO_GAIN,
    )
    targets = {disk.disk_key: disk.destination for disk in disk_moves}
    return replace(bare, estimate=estimate_move(inventory, policy, vm, host, targets or None))
