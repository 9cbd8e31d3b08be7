"""From a placement in numbers to an answer for people: moves with reason, priority, gain and prediction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from recommender.constraints.base import Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.estimate_move import estimate_move
from recommender.objectives.base import CostTerm
from recommender.placement.engine.state import SearchState
from recommender.placement.move_details import network_moves
from recommender.placement.priority import MANDATORY, price_of_seconds, priority_of
from recommender.placement.problem import SPLIT
from recommender.placement.reasons import gainful_reason, mandatory_reasons
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Move, Objective, Reason


def moves_of(
    request: PlacementRequest, state: SearchState, to_mend: Iterable[Violation], asked_for: frozenset[EntityRef]
) -> tuple[Move, ...]:
    """The moves from the start to this placement, the strongest first.

    VMs that are not ``asked_for`` move to make room for others.
    """
    problem = state.problem
    start = SearchState(problem)
    broken = _broken_at(to_mend)
    demanded = mandatory_reasons(state, [broken[vm.ref] for vm in problem.vms])
    moves = []
    for item, group in enumerate(problem.members):
        destination = int(state.place[item])
        for vm in group:
            if destination not in (SPLIT, problem.member_start[vm]):
                reason = demanded.get(vm) if problem.vms[vm].ref in asked_for else Reason.MAKE_ROOM
                moves.append(_move(request, start, state, vm, destination, reason))
    return tuple(sorted(moves, key=lambda move: (move.priority, -move.gain, move.vm)))


def inventory_after(inventory: Inventory, moves: Sequence[Move]) -> Inventory:
    """The inventory once all moves have arrived."""
    for move in moves:
        if move.disk_moves:
            targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
            inventory = inventory.with_vm_on(move.vm, move.destination, targets, move.new_formats)
    return inventory_at(inventory, {move.vm: move.destination for move in moves})


def inventory_at(inventory: Inventory, to: Mapping[EntityRef, EntityRef]) -> Inventory:
    """The inventory with these VMs on these hosts."""
    return replace(
        inventory,
        virtual_machines=tuple(
            replace(vm, host=to[vm.ref]) if vm.ref in to else vm for vm in inventory.virtual_machines
        ),
    )


def objective_of(terms: Sequence[CostTerm], start: Inventory, end: Inventory) -> Objective:
    """The cost by term."""
    return Objective(terms=tuple((term.name, term.cost(start, end)) for term in terms))


def _broken_at(to_mend: Iterable[Violation]) -> defaultdict[EntityRef, list[Violation]]:
    table: defaultdict[EntityRef, list[Violation]] = defaultdict(list)
    for violation in to_mend:
        for vm in violation.vms:
            table[vm].append(violation)
    return table


def _move(
    request: PlacementRequest,
    start: SearchState,
    end: SearchState,
    vm: int,
    destination: int,
    reason: Reason | None,
) -> Move:
    problem, inventory = start.problem, request.inventory
    machine, source = problem.vms[vm], int(problem.member_start[vm])
    is_started = machine.ref in request.started
    carried = replace(machine, power_state=PowerState.POWERED_OFF) if is_started else machine
    estimate = estimate_move(inventory, request.policy, carried, problem.hosts[destination])
    own_cost = 0.0 if is_started else price_of_seconds(request.policy, machine) * estimate.duration_p50_s
    placed = problem.vm_pair_cost[vm]
    should_gain = float(placed[source] - placed[destination]) + own_cost
    gain = _host_gain(end, vm, source, destination) + should_gain
    mandatory = reason is not None or is_started
    if is_started:
        reason = Reason.POWER_ON
    elif reason is None:
        reason = gainful_reason(problem, start, vm, destination, should_gain)
    return Move(
        vm=machine.ref,
        source=machine.host,
        destination=problem.hosts[destination].ref,
        network_moves=network_moves(inventory, request.policy, machine, problem.hosts[destination]),
        reason=reason,
        priority=MANDATORY if mandatory else priority_of(request.policy, gain, own_cost),
        gain=max(0.0, gain),
        cost=own_cost,
        estimate=estimate,
    )


def _host_gain(end: SearchState, vm: int, source: int, destination: int) -> float:
    """What the hosts' cost at the end would rise by if this VM alone had stayed."""
    demand = end.problem.vm_demand[:, vm, np.newaxis]
    cost = end.problem.host_cost
    hosts = np.array([source, destination])
    loads = end.load[:, hosts]
    without = loads + np.concatenate([demand, -demand], axis=1)
    return float((cost.at(hosts, without) - cost.at(hosts, loads)).sum())
