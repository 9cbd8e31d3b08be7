"""The best so many moves: first the highest CPU use, as far down as so many moves can bring it, then the objective.

With few moves the question is which hosts are relieved. The objective alone spends them on evenness that nobody
notices; so no host is left above the lowest use that can be reached (but for a small slack), and the objective decides
the rest. Below one half, or below what the whole answer reaches, a lower use is no aim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.objectives.hot_host import HALF
from recommender.objectives.resources import RESOURCES
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import SearchState
from recommender.placement.few.leavers import CPU, FewLeavers
from recommender.placement.few.search import FewMoves, spent_moves
from recommender.placement.problem import SPLIT, Floats, HostCost, Ints, Kink

MOST_MOVES: Final = 200  # beyond that, steps towards the whole answer are good enough
SLACK: Final = 1.04  # times the lowest use
STIFF: Final = 300_000.0  # objective units of a use one above the level: nothing else outweighs it
DETERMINISTIC_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class BestFew:
    """``least_use``: proven, no so many moves bring the highest CPU use below it; ``None`` where it was not asked."""

    state: SearchState
    least_use: float | None


def best_few_moves(base: SearchState, goal: SearchState, most: int, seed: int, run: SearchRun | None = None) -> BestFew:
    """At most ``most`` VMs away from their start: those of ``base``, which rules demand, and the best others.

    ``goal``: the answer without a limit. A move that does not pay is not made. A run that is stopped tries no more than
    one way.
    """
    problem, run = base.problem, run or SearchRun()
    kept = np.flatnonzero(base.place != problem.start)
    capacity = np.array([RESOURCES[CPU].capacity(host) for host in problem.hosts], dtype=np.float64)
    bottom = max(HALF, _highest_use(goal, capacity))
    if not (base.load[CPU] > bottom * capacity).any():
        return BestFew(_searched(base, problem.host_cost, most, kept, (), run), None)
    asked = FewLeavers(
        state=base,
        items=_on_hosts_above(base, bottom * capacity),
        capacity=capacity,
        most=most - spent_moves(base),
        deterministic_s=DETERMINISTIC_S,
        seed=seed,
    )
    lowest = asked.lowest_use(bottom)
    level = max(bottom, SLACK * lowest.level)
    cost = problem.host_cost.with_kink(_level(level * capacity, problem.host_cost))
    leavers = asked.cheapest(level, problem.host_cost, FewMoves(base, problem.host_cost, most).elsewhere(asked.items))
    tried = [_searched(base, cost, most, kept, leavers, run)]
    if run.goes_on(tried[0]):
        tried.append(_searched(base, cost, most, kept, (), run))
    best = min(tried, key=lambda state: _cost(state, cost))
    return BestFew(best, lowest.least if not len(kept) else None)


def continued(state: SearchState, most: int, run: SearchRun | None = None) -> SearchState:
    """The moves made so far and others that pay, at most so many in all; the highest CPU use does not rise."""
    problem = state.problem
    capacity = np.array([RESOURCES[CPU].capacity(host) for host in problem.hosts], dtype=np.float64)
    highest = max(HALF, _highest_use(state, capacity))
    longer = SearchState(problem, state.place)
    cost = problem.host_cost.with_kink(_level(highest * capacity, problem.host_cost))
    FewMoves(longer, cost, most, np.flatnonzero(state.place != problem.start)).search(run or SearchRun())
    return longer


def _searched(
    base: SearchState, cost: HostCost, most: int, kept: Ints, leavers: Sequence[int], run: SearchRun
) -> SearchState:
    """From the base, with the leavers brought to their cheapest hosts first."""
    state = SearchState(base.problem, base.place)
    few = FewMoves(state, cost, most, kept)
    few.bring(leavers)
    few.search(run)
    few.drop_what_does_not_pay(base.problem.host_cost)
    away = np.flatnonzero(state.place != base.problem.start)
    FewMoves(state, base.problem.host_cost, most, away).search(run)
    return state


def _highest_use(state: SearchState, capacity: Floats) -> float:
    has = capacity > 0
    return float((state.load[CPU, has] / capacity[has]).max(initial=0.0))


def _on_hosts_above(base: SearchState, most_load: Floats) -> Ints:
    """Items that may leave hosts that are too hot or above any line of the objective."""
    problem = base.problem
    hosts = base.load[CPU] > most_load
    for kink in problem.host_cost.kinks:
        hosts |= ((base.load > kink.line) & (kink.slope > 0)).any(axis=0)
    may = (problem.masks.sum(axis=1)[problem.class_of] > 1) & (base.place != SPLIT) & (base.place == problem.start)
    return np.flatnonzero(may & hosts[base.place])


def _level(load: Floats, cost: HostCost) -> Kink:
    """What is above these loads of CPU costs more than anything else."""
    slope, line = np.zeros_like(cost.quadratic), np.zeros_like(cost.quadratic)
    slope[CPU] = np.where(load > 0, STIFF / np.maximum(load, 1.0), 0.0)
    line[CPU] = load
    return Kink(slope, line)


def _cost(state: SearchState, cost: HostCost) -> float:
    return state.cost() + float((cost.of(state.load) - state.problem.host_cost.of(state.load)).sum())
