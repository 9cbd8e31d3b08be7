"""The answer to a placement question: which moves, what they buy, and how far from the best they are."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from recommender.constraints.base import Constraint, Violation
from recommender.inventory.inventory import Inventory
from recommender.migration.estimate_move import estimate_move
from recommender.placement.answer import inventory_after, moves_of, objective_of
from recommender.placement.budgets import within_budgets
from recommender.placement.build_problem import build_problem, vms_without_a_host
from recommender.placement.dear_moves import with_dear_moves, with_dear_pairs
from recommender.placement.disks.answer import solve_disks
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.search import Found, Proof, search
from recommender.placement.engine.state import SearchState
from recommender.placement.few.curve import curve_of
from recommender.placement.few.fewer import MoveLimit, limited_to
from recommender.placement.free_vms import FreeVms, asked_violations, free_vms
from recommender.placement.joint.answer import solve_place
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import Move, Objective, PlacementResult, SolveStatus
from recommender.placement.riskless_moves import RisklessMoves, riskless_moves
from recommender.placement.rules_asked import copies_disks, rules_asked, terms_asked
from recommender.placement.unplaceable import left_behind, with_rejections
from recommender.placement.with_disks import with_disks_along
from recommender.quantities import MIB_PER_GIB


def solve(request: PlacementRequest, run: SearchRun | None = None) -> PlacementResult:
    """The best placement found, told as moves; the same request has the same answer on the same kind of machine.

    A ``run`` that is stopped has the best answer so far: the same one for a stop after as many rounds.
    """
    run = run or SearchRun()
    if request.goal is Goal.PLACE:
        return solve_place(request)
    if copies_disks(request):
        return solve_disks(request, run)
    result = with_disks_along(request, _solve_hosts(request, run), run)
    if not result.unplaceable:
        return result
    end = inventory_after(request.inventory, result.moves)
    return replace(result, unplaceable=with_rejections(rules_asked(request), result.unplaceable, end))


def _solve_hosts(request: PlacementRequest, run: SearchRun) -> PlacementResult:
    inventory = request.inventory
    constraints = rules_asked(request)
    free = free_vms(request, constraints)
    risky = _risky(request, free)
    found = _search(request, (*constraints, risky) if risky.closed else constraints, free, run)
    if found.proof is Proof.INFEASIBLE or not found.state.is_legal():
        with_others = free_vms(request, constraints, make_room=True)
        if len(with_others.vms) > len(free.vms) or risky.closed:
            found = _search(request, constraints, with_others, run, risky)
    wanted, found = found, limited_to(_limit(request, found), found, request.seed, run)

    asked_for = frozenset(vm.ref for vm in free.vms)
    moves = moves_of(request, found.state, free.to_mend, asked_for)
    if (cheaper := within_budgets(request, found, moves)) is not found:
        found = cheaper
        moves = moves_of(request, found.state, free.to_mend, asked_for)
    end = inventory_after(inventory, moves)
    terms = terms_asked(request)
    remaining = asked_violations(request, constraints, end)
    starting, objective = objective_of(terms, inventory, inventory), objective_of(terms, inventory, end)
    return PlacementResult(
        status=_status(wanted, found, moves, remaining, end, is_stopped=run.is_stopped),
        starting_objective=starting,
        objective=objective,
        bound=None if remaining else _bound(found, starting, objective),
        moves=moves,
        unplaceable=left_behind(free, end) if remaining else (),
        remaining_violations=remaining,
        curve=curve_of(request, found, run) if request.with_curve else (),
        seed=request.seed,
        rounds=run.rounds,
        is_stopped=run.is_stopped,
    )


def _search(
    request: PlacementRequest,
    constraints: tuple[Constraint, ...],
    free: FreeVms,
    run: SearchRun,
    dear: RisklessMoves | None = None,
) -> Found:
    terms = terms_asked(request)
    problem = build_problem(request.inventory, constraints, terms, free)
    movable = free
    while nowhere := vms_without_a_host(problem):
        # They stay, whatever else is done: what can be mended and balanced without them still is.
        movable = replace(movable, vms=tuple(vm for vm in movable.vms if vm.ref not in nowhere))
        problem = build_problem(request.inventory, constraints, terms, movable)
    is_dearer = False
    if free.is_reluctant:
        problem, is_dearer = with_dear_moves(problem)
    elif dear is not None:
        problem, is_dearer = with_dear_pairs(problem, dear.closed), True
    found = search(problem, request.limits, request.seed, run)
    if is_dearer:
        # A bound on dearer costs says nothing about the question as it was asked.
        found = replace(found, bound=None, proof=_without_optimality(found.proof))
    return found if movable is free else replace(found, proof=Proof.INFEASIBLE)


def _limit(request: PlacementRequest, found: Found) -> MoveLimit:
    policy, problem = request.policy, found.state.problem
    moves = inf if policy.max_moves is None else policy.max_moves
    if policy.max_gib is None:
        return MoveLimit(moves=moves)

    def sent_mib(vm: int, host: int) -> float:
        return estimate_move(request.inventory, policy, problem.vms[vm], problem.hosts[host]).sent_mib_p50

    return MoveLimit(moves=moves, mib=policy.max_gib * MIB_PER_GIB, sent_mib=sent_mib)


def _risky(request: PlacementRequest, free: FreeVms) -> RisklessMoves:
    """The moves that nobody needs and that may not converge; where only mending is asked for, all are needed."""
    needed = {vm for broken in free.to_mend for vm in broken.vms}
    voluntary = () if free.is_reluctant else [vm for vm in free.vms if vm.ref not in needed]
    return riskless_moves(request.inventory, request.policy, voluntary)


def _without_optimality(proof: Proof) -> Proof:
    return Proof.NONE if proof is Proof.OPTIMAL else proof


def _bound(found: Found, starting: Objective, objective: Objective) -> float | None:
    """The bound of the whole objective: the search knows nothing of what VMs cost that do not move."""
    if found.bound is None:
        return None
    of_others = starting.total - SearchState(found.state.problem).cost()
    return min(found.bound + of_others, objective.total)  # they are summed in another order


def _status(
    wanted: Found,
    found: Found,
    moves: Sequence[Move],
    remaining: Sequence[Violation],
    end: Inventory,
    *,
    is_stopped: bool,
) -> SolveStatus:
    if remaining:
        free = {vm.ref for vm in found.state.problem.vms}
        if found is not wanted and wanted.proof is not Proof.INFEASIBLE and wanted.state.is_legal():
            return SolveStatus.LIMITED
        # What is broken among VMs that nobody may move stays broken whatever is done with the others.
        stuck = any(free.isdisjoint(broken.vms) and not any(map(end.in_flight_of, broken.vms)) for broken in remaining)
        return SolveStatus.INFEASIBLE if stuck or found.proof is Proof.INFEASIBLE else SolveStatus.OUT_OF_TIME
    if not moves and found is wanted:
        return SolveStatus.OUT_OF_TIME if is_stopped else SolveStatus.NOTHING_TO_DO
    return SolveStatus.OPTIMAL if found.proof is Proof.OPTIMAL else SolveStatus.FEASIBLE
