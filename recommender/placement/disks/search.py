"""The search for datastores: what has to leave takes its cheapest place, then whatever pays moves, then CP-SAT."""

from dataclasses import dataclass

import numpy as np

from recommender.placement.disks.bound import DiskBound, lower_bound
from recommender.placement.disks.model import improve_by_model
from recommender.placement.disks.problem import DiskProblem
from recommender.placement.disks.separation import BROKEN
from recommender.placement.disks.state import DiskState
from recommender.placement.engine.prove import is_proven
from recommender.placement.engine.run import SearchRun
from recommender.placement.problem import Floats, HostCost
from recommender.placement.request import SolveLimits

MAX_PASSES = 10
WORTH_IT = 1e-6


@dataclass(frozen=True, slots=True)
class FoundDisks:
    """The best choice found, the bound of the objective, and whether it is proven that not everything can leave."""

    state: DiskState
    bound: DiskBound
    is_impossible: bool


def search_disks(problem: DiskProblem, limits: SolveLimits, seed: int, run: SearchRun) -> FoundDisks:
    """The best choice within the limits; equal arguments, and a stop after as many rounds, give an equal answer."""
    state = DiskState(problem)
    run.proves(None)
    _place_what_must_leave(state)
    descend(state, run)
    bound = lower_bound(problem, state)
    is_best = not state.undecided() and is_proven(state.cost(), bound.value)
    run.proves(bound.value if np.isfinite(bound.value) else None)
    is_asked = not is_best and run.goes_on(state)
    is_impossible = is_asked and improve_by_model(state, bound, limits, seed) and problem.is_complete
    descend(state, run)
    if not state.undecided():
        bound = lower_bound(problem, state, bound.prices)
    # Where disks of one VM are on several datastores, they might go to several again, each to its own.
    has_no_way = any(len(unit.on) == 1 for unit in problem.unplaceable) and problem.is_complete
    return FoundDisks(state, bound, has_no_way or is_impossible)


def descend(state: DiskState, run: SearchRun) -> None:
    """To a local optimum of single units, or until the run is stopped."""
    order = np.argsort(-state.problem.size, kind="stable")
    for _ in range(MAX_PASSES):
        if not run.goes_on(state):
            return
        moved = [_to_best(state, int(unit)) for unit in order if state.choice[unit] >= 0]
        if not any(moved):
            return


def _place_what_must_leave(state: DiskState) -> None:
    """The biggest first; what finds no room waits until others have left."""
    problem = state.problem
    for _ in range(MAX_PASSES):
        waiting = sorted(state.undecided(), key=lambda unit: (-problem.needed[unit], unit))
        placed = [_to_best(state, unit) for unit in waiting]
        if not any(placed):
            return


def _to_best(state: DiskState, unit: int) -> bool:
    options, now = state.problem.options, int(state.choice[unit])
    here = range(int(options.first[unit]), int(options.first[unit + 1]))
    best, best_change = now, -WORTH_IT if now >= 0 else np.inf
    changes = estimated_changes(state, unit)
    for option in sorted(here, key=lambda one: changes[one - here.start]):
        if option == now or not state.is_open(unit, option):
            continue
        if now >= 0 and changes[option - here.start] >= best_change:
            break
        change = state.change(unit, option)
        if change < best_change:
            best, best_change = option, change
        if now < 0 or best != now:
            break
    if best == now:
        return False
    state.take(unit, best)
    return True


def estimated_changes(state: DiskState, unit: int) -> Floats:
    """About by how much the cost changes with each option of the unit: exact but for the load of hosts."""
    problem, options = state.problem, state.problem.options
    first, last = int(options.first[unit]), int(options.first[unit + 1])
    now = int(state.choice[unit])
    used = state.used.copy()
    spent = 0.0
    if now >= 0:
        spent = float(options.price[now])
        if options.store[now] >= 0:
            used += problem.on[unit]
            used[options.store[now]] -= problem.on[unit].sum()
    size = problem.on[unit].sum()
    gone = used - problem.on[unit]
    cost = problem.store_cost
    each_gone, each_full = _each(cost, gone), _each(cost, gone + size)
    before = _each(cost, state.used).sum()
    stays = _each(cost, used).sum()
    stores = options.store[first:last]
    moved = each_gone.sum() + each_full[stores] - each_gone[stores]
    changes: Floats = np.where(stores < 0, stays, moved) - before + options.price[first:last] - spent
    if unit in state.presence.groups_of:
        changes += BROKEN * np.array([_broken_by(state, unit, option) for option in range(first, last)])
    return changes


def _broken_by(state: DiskState, unit: int, option: int) -> int:
    """How many more are too close with this option."""
    before, now = state.broken(), int(state.choice[unit])
    if state.problem.options.store[option] >= 0 and not state.presence.is_open(
        unit, int(state.problem.options.store[option])
    ):
        return 1  # it is not open at all
    state.take(unit, option)
    after = state.broken()
    state.take(unit, now)
    return after - before


def _each(cost: HostCost, used: Floats) -> Floats:
    return cost.of(used[np.newaxis])
