"""The answer to where some VMs should be: the cheapest hosts and datastores together, told as moves."""

from dataclasses import replace

import numpy as np

from recommender.inventory.reference import EntityRef
from recommender.migration.estimate_move import estimate_move
from recommender.placement.answer import inventory_after, moves_of, objective_of
from recommender.placement.engine.prove import is_proven
from recommender.placement.engine.state import SearchState
from recommender.placement.free_vms import asked_violations
from recommender.placement.joint.cheapest import Cheapest, Places
from recommender.placement.joint.demands import Demands, demands_of
from recommender.placement.move_details import disk_move
from recommender.placement.priority import MANDATORY, price_of_seconds, priority_of
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Move, PlacementResult, SolveStatus
from recommender.placement.rules_asked import terms_asked
from recommender.placement.unplaceable import unplaceable_of


def solve_place(request: PlacementRequest) -> PlacementResult:
    """The best places found for the VMs that the question is about; everything else stays where it is."""
    demands = demands_of(request)
    cheapest = Cheapest(request, demands)
    found = _places(request, demands, cheapest)
    moves = _moves(request, demands, cheapest, found) if found is not None else ()
    terms, start = terms_asked(request), request.inventory
    end = inventory_after(start, moves)
    remaining = asked_violations(request, demands.rules, end)
    starting, objective = objective_of(terms, start, start), objective_of(terms, start, end)
    bound = None
    if found is not None and not remaining and found.bound > -np.inf:
        bound = min(found.bound + objective.total - found.cost, objective.total)
    return PlacementResult(
        status=_status(found, moves, bound, objective.total, is_broken=bool(remaining)),
        starting_objective=starting,
        objective=objective,
        bound=bound,
        moves=moves,
        unplaceable=unplaceable_of(demands.rules, demands.free, end) if remaining else (),
        remaining_violations=remaining,
        seed=request.seed,
    )


def _places(request: PlacementRequest, demands: Demands, cheapest: Cheapest) -> Places | None:
    """With copies of disks only where that is better at the true cost of these copies; then nothing is proven."""
    movable = demands.disks.rows - {row for row, vm in enumerate(demands.free.vms) if vm.ref in request.newcomers}
    found = cheapest.places(copies=bool(movable))
    if found is None or not movable:
        return found
    found = replace(found, bound=-np.inf)
    if not any(_targets(demands, found, row) for row in movable):
        return found
    other = cheapest.places(copies=False)
    terms, start = terms_asked(request), request.inventory
    totals = [
        objective_of(terms, start, inventory_after(start, _moves(request, demands, cheapest, one))).total
        for one in (found, other)
        if one is not None
    ]
    is_worse = other is not None and other.hosts.count(-1) <= found.hosts.count(-1) and totals[1] <= totals[0]
    return replace(other, bound=-np.inf) if other is not None and is_worse else found


def _moves(request: PlacementRequest, demands: Demands, cheapest: Cheapest, found: Places) -> tuple[Move, ...]:
    problem = cheapest.costs.problem
    place = np.array(
        [host if host >= 0 else home for host, home in zip(found.hosts, demands.home, strict=True)], dtype=np.int64
    )
    asked = frozenset(vm.ref for vm in demands.free.vms)
    rows = {vm.ref: row for row, vm in enumerate(demands.free.vms)}
    told = moves_of(request, SearchState(problem, place), demands.free.to_mend, asked)
    return tuple(_with_disks(request, one, _targets(demands, found, rows[one.vm])) for one in told)


def _targets(demands: Demands, found: Places, row: int) -> dict[int, EntityRef]:
    """Whereto its disks go, by key, of those that do not stay."""
    disks, targets = demands.disks, dict[int, EntityRef]()
    for number, part in enumerate(disks.parts):
        store = found.stores[number]
        if part.row == row and store >= 0 and store != disks.at[number]:
            targets |= dict.fromkeys(part.unit.keys, disks.stores[store].ref)
    return targets


def _with_disks(request: PlacementRequest, move: Move, targets: dict[int, EntityRef]) -> Move:
    if not targets:
        return move
    inventory, policy, vm = request.inventory, request.policy, request.inventory.vm(move.vm)
    places = {disk.key: disk.datastore for disk in vm.disks}
    copies = tuple(
        disk_move(policy, vm, key, places.get(key, vm.home_datastore or store), store)
        for key, store in sorted(targets.items())
    )
    if move.vm in request.newcomers:
        return replace(move, disk_moves=copies)
    estimate = estimate_move(inventory, policy, vm, inventory.host(move.destination), targets)
    own_cost = price_of_seconds(policy, vm) * estimate.duration_p50_s
    priority = move.priority if move.priority == MANDATORY else priority_of(policy, move.gain, own_cost)
    return replace(move, disk_moves=copies, estimate=estimate, cost=own_cost, priority=priority)


def _status(
    found: Places | None, moves: tuple[Move, ...], bound: float | None, total: float, *, is_broken: bool
) -> SolveStatus:
    if found is None or is_broken:
        return SolveStatus.INFEASIBLE if found is not None and found.is_impossible else SolveStatus.OUT_OF_TIME
    if not moves:
        return SolveStatus.NOTHING_TO_DO
    return SolveStatus.OPTIMAL if bound is not None and is_proven(total, bound) else SolveStatus.FEASIBLE
