"""The answer to a question about datastores: which disks go where, and with them which VMs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.migration.estimate_move import estimate_move
from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.budgets import affordable
from recommender.placement.disks.build import build_disk_problem
from recommender.placement.disks.problem import STAYS, DiskProblem
from recommender.placement.disks.search import search_disks
from recommender.placement.disks.separation import BROKEN
from recommender.placement.disks.state import DiskState
from recommender.placement.disks.units import DiskUnit
from recommender.placement.engine.run import SearchRun
from recommender.placement.free_vms import asked_violations
from recommender.placement.move_details import disk_move, network_moves
from recommender.placement.priority import MANDATORY, price_of_seconds, priority_of
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import DiskMove, Move, PlacementResult, Reason, SolveStatus, Unplaceable
from recommender.placement.rules_asked import rules_asked, terms_asked

ONLY_MANDATORY = 1
PROVEN = 1e-6


def solve_disks(request: PlacementRequest, run: SearchRun) -> PlacementResult:
    """The best placement of disks found, told as moves; nothing else is mended or balanced."""
    inventory, constraints = request.inventory, rules_asked(request)
    problem = build_disk_problem(request, constraints)
    found = search_disks(problem, request.limits, request.seed, run)
    if found.state.undecided():
        # Not all have room at their own hosts: they may leave these too.
        problem = build_disk_problem(request, constraints, everywhere=True)
        found = search_disks(problem, request.limits, request.seed, run)
    state, bound = found.state, found.bound
    wanted = _moves(request, problem, state)
    moves = _limited(request, constraints, wanted)
    end = inventory_after(inventory, moves)
    remaining = asked_violations(request, constraints, end)
    starting, objective = (objective_of(terms_asked(request), inventory, one) for one in (inventory, end))
    of_others = objective.total - (state.cost() - BROKEN * state.broken())
    proven = None if remaining or bound.value == -float("inf") else min(bound.value + of_others, objective.total)
    if len(moves) < len(wanted):
        proven = None
    return PlacementResult(
        status=_status(
            request,
            wanted,
            moves,
            remaining,
            proven,
            objective.total,
            is_impossible=found.is_impossible,
            is_stopped=run.is_stopped,
        ),
        starting_objective=starting,
        objective=objective,
        bound=proven,
        moves=moves,
        unplaceable=_unplaceable(request, constraints, end, remaining),
        remaining_violations=remaining,
        seed=request.seed,
        rounds=run.rounds,
        is_stopped=run.is_stopped,
    )


def _moves(request: PlacementRequest, problem: DiskProblem, state: DiskState) -> tuple[Move, ...]:
    """One move for each VM of which anything is copied; the strongest first."""
    options = problem.options
    by_vm: dict[EntityRef, list[tuple[int, int]]] = {}
    for unit, option in enumerate(map(int, state.choice)):
        if option >= 0 and options.store[option] != STAYS:
            by_vm.setdefault(problem.units[unit].vm.ref, []).append((unit, option))
    moves = [_move(request, problem, state, taken) for taken in by_vm.values()]
    if request.policy.migration_threshold == ONLY_MANDATORY:
        moves = [move for move in moves if move.priority == MANDATORY]
    return tuple(sorted(moves, key=lambda move: (move.priority, -move.gain, move.vm)))


def _move(request: PlacementRequest, problem: DiskProblem, state: DiskState, taken: Sequence[tuple[int, int]]) -> Move:
    inventory, options = request.inventory, problem.options
    vm = problem.units[taken[0][0]].vm
    destination = problem.inventory.hosts[int(options.host[taken[0][1]])]
    disk_moves: list[DiskMove] = []
    for unit, option in taken:
        disk_moves += _disk_moves(request, problem.units[unit], problem.stores[int(options.store[option])].ref)
    targets = {disk.disk_key: disk.destination for disk in disk_moves}
    estimate = estimate_move(inventory, request.policy, vm, destination, targets)
    reason = _mandatory_reason(request, problem, state, taken)
    own_cost = price_of_seconds(request.policy, vm) * estimate.duration_p50_s
    gain = 0.0 if reason else _gain(problem, state, taken) + own_cost
    return Move(
        vm=vm.ref,
        source=vm.host,
        destination=destination.ref,
        disk_moves=tuple(sorted(disk_moves, key=lambda disk: disk.disk_key)),
        network_moves=network_moves(inventory, request.policy, vm, destination),
        reason=reason or _gainful_reason(request, moved=disk_moves),
        priority=MANDATORY if reason else priority_of(request.policy, gain, own_cost),
        gain=max(0.0, gain),
        cost=own_cost,
        estimate=estimate,
    )


def _disk_moves(request: PlacementRequest, unit: DiskUnit, store: EntityRef) -> list[DiskMove]:
    places = {HOME: unit.vm.home_datastore} | {disk.key: disk.datastore for disk in unit.vm.disks}
    return [
        disk_move(request.policy, unit.vm, key, place, store)
        for key, place in places.items()
        if key in unit.keys and place is not None and place != store
    ]


def _mandatory_reason(
    request: PlacementRequest, problem: DiskProblem, state: DiskState, taken: Sequence[tuple[int, int]]
) -> Reason | None:
    """Which rule sends it: it has to leave a host or datastore, or it would be too close to something there."""
    if request.with_disks:
        return Reason.HOST_MAINTENANCE
    if any(problem.units[unit].must_leave for unit, _ in taken):
        return Reason.DATASTORE_MAINTENANCE
    if not any(unit in state.presence.groups_of for unit, _ in taken):
        return None
    broken = state.broken()
    for unit, _ in taken:
        state.take(unit, int(problem.options.first[unit]))
    is_needed = state.broken() > broken
    for unit, option in taken:
        state.take(unit, option)
    if not is_needed:
        return None
    vms = {problem.units[other].vm.ref for unit, _ in taken for other in _rivals(problem, state, unit)}
    return Reason.KEEP_APART if len(vms) > 1 else Reason.DISKS_APART


def _gainful_reason(request: PlacementRequest, moved: Sequence[DiskMove]) -> Reason:
    """What is wrong where it leaves: a datastore that is slow, and not too full as well, is left for that."""
    policy = request.policy
    for store in filter(None, (request.inventory.find_datastore(one.source) for one in moved)):
        latency, used_mib = store.load.latency_ms, store.capacity_mib - store.free_mib
        is_full = used_mib * 100 > policy.datastore_headroom_percent * store.capacity_mib
        if latency is not None and latency.p95 > policy.max_datastore_latency_ms and not is_full:
            return Reason.DATASTORE_LATENCY
    return Reason.DATASTORE_SPACE


def _rivals(problem: DiskProblem, state: DiskState, unit: int) -> Iterator[int]:
    for group, _ in state.presence.groups_of.get(unit, ()):
        for units in problem.apart[group].members:
            yield from units


def _gain(problem: DiskProblem, state: DiskState, taken: Sequence[tuple[int, int]]) -> float:
    """What the objective would rise by if this VM alone had stayed, its own cost deducted."""
    with_it = state.cost()
    for unit, _ in taken:
        state.take(unit, int(problem.options.first[unit]))
    without = state.cost()
    for unit, option in taken:
        state.take(unit, option)
    return without - with_it


def _limited(request: PlacementRequest, constraints: Sequence[Constraint], moves: tuple[Move, ...]) -> tuple[Move, ...]:
    """The first of them that the policy's limit allows and that each may be made without those that are left out."""
    most = request.policy.max_moves
    allowed = affordable(request, moves) if request.policy.budget.is_limited else moves
    if len(allowed) == len(moves) and (most is None or len(moves) <= most):
        return moves
    most = len(moves) if most is None else most
    kept: list[Move] = []
    picture = request.inventory
    for move in allowed:
        targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
        vm, host = picture.vm(move.vm), picture.host(move.destination)
        if len(kept) < most and not caused_by_move(constraints, picture, vm, host, targets):
            kept.append(move)
            picture = picture.with_vm_on(move.vm, move.destination, targets, move.new_formats)
    return tuple(kept)


def _status(  # what is known of the answer
    request: PlacementRequest,
    wanted: Sequence[Move],
    moves: Sequence[Move],
    remaining: Sequence[Violation],
    bound: float | None,
    objective: float,
    *,
    is_impossible: bool,
    is_stopped: bool,
) -> SolveStatus:
    if remaining:
        if len(moves) < len(wanted) and not is_impossible:
            return SolveStatus.LIMITED
        stuck = not all(_may_be_asked(request, broken) for broken in remaining)
        return SolveStatus.INFEASIBLE if is_impossible or stuck else SolveStatus.OUT_OF_TIME
    if not wanted:
        return SolveStatus.OUT_OF_TIME if is_stopped else SolveStatus.NOTHING_TO_DO
    is_proven = bound is not None and objective - bound <= PROVEN * max(1.0, abs(bound))
    return SolveStatus.OPTIMAL if is_proven else SolveStatus.FEASIBLE


def _may_be_asked(request: PlacementRequest, broken: Violation) -> bool:
    """Whether what is broken there is made of disks and homes, which can be copied: not so of images in drives."""
    vm = request.inventory.vm(broken.vms[0])
    places = {vm.home_datastore, *(disk.datastore for disk in vm.disks)}
    return broken.datastore in places and request.inventory.in_flight_of(vm.ref) is None


def _unplaceable(
    request: PlacementRequest, constraints: Sequence[Constraint], end: Inventory, remaining: Sequence[Violation]
) -> tuple[Unplaceable, ...]:
    """Every VM that has to leave a datastore and has not, with what speaks against each other datastore."""
    if request.goal is not Goal.EVACUATE:
        return ()
    left = []
    for ref in dict.fromkeys(vm for broken in remaining for vm in broken.vms):
        vm = end.vm(ref)
        host = end.host(vm.host)
        places = {HOME: vm.home_datastore} | {disk.key: disk.datastore for disk in vm.disks}
        keys = [key for key, place in places.items() if place in request.evacuate]
        rejections = []
        for store in end.datastores:
            if keys and store.ref not in request.evacuate and store.ref.vcenter == ref.vcenter:
                found = caused_by_move(constraints, end, vm, host, dict.fromkeys(keys, store.ref))
                rejections += [replace(broken, datastore=store.ref) for broken in found[:1]]
        left.append(Unplaceable(vm=ref, rejections=tuple(rejections)))
    return tuple(left)
