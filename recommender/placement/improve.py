"""Large neighbourhood search by price: the pairs that almost pay, all over the fleet, solved together by CP-SAT.

At good prices of the hosts' loads the best host is clear for almost all items; what is left to decide are the few pairs
whose reduced cost is near 0. They are a neighbourhood that no choice of a few hosts reaches (Shaw 1998 for the search;
for the choice by reduced cost: Balas and Zemel, An algorithm for large zero-one knapsack problems, 1980).
"""

import numpy as np

from recommender.placement.descent import descend
from recommender.placement.neighbourhood_model import solve_model
from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem
from recommender.placement.request import SolveLimits
from recommender.placement.search_state import SearchState

WORTH_IT = 1e-6
FEWEST_PAIRS = 40


def improve(state: SearchState, prices: Floats, limits: SolveLimits, seed: int) -> int:
    """Improve a legal placement in place; returns the rounds made.

    ``prices``: of one unit of load on each host, ``[resources, hosts]``. A neighbourhood that CP-SAT solves to the end
    grows, one that is too much for it shrinks.
    """
    if state.problem.items == 0:
        return 0
    reduced = _reduced_costs(state.problem, prices)
    pairs = limits.pairs
    for number in range(limits.rounds):
        offered = _nearly_paying(reduced, state.place, pairs)
        items = [int(item) for item in np.flatnonzero(offered.sum(axis=1) > 1)]
        hosts = [int(host) for host in np.flatnonzero(np.logical_or.reduce(offered[items], axis=0))]
        if not items:
            return number
        answer = solve_model(
            state, items, hosts, deterministic_s=limits.deterministic_s, seed=seed + number, open_pairs=offered[items]
        )
        improved = answer.places is not None and accept(state, items, answer.places)
        if improved:
            descend(state)
        if answer.is_best:
            pairs *= 2
        elif not improved:
            pairs = max(FEWEST_PAIRS, pairs // 2)
    return limits.rounds


def accept(state: SearchState, items: list[int], places: tuple[int, ...]) -> bool:
    """Take an answer if its true cost is lower; the model knows costs by tangents only."""
    before, old = state.cost(), [int(state.place[item]) for item in items]
    for item, host in zip(items, places, strict=True):
        state.move(item, host)
    if state.cost() < before - WORTH_IT:
        return True
    for item, host in zip(items, old, strict=True):
        state.move(item, host)
    return False


def _reduced_costs(problem: Problem, prices: Floats) -> Floats:
    """How much dearer each pair is than the item's cheapest, at these prices; infinite where it is not allowed."""
    costs = np.where(problem.masks[problem.class_of], problem.pair_cost + problem.demand.T @ prices, np.inf)
    reduced: Floats = costs - costs.min(axis=1, keepdims=True)
    return reduced


def _nearly_paying(reduced: Floats, place: Ints, pairs: int) -> Bools:
    """The ``pairs`` cheapest pairs apart from those that are placed now, and these too; nothing for split items."""
    whole = np.flatnonzero(place != SPLIT)
    others = reduced.copy()
    others[whole, place[whole]] = np.inf
    others[place == SPLIT] = np.inf
    finite = int(np.isfinite(others).sum())
    offered: Bools = np.zeros(reduced.shape, dtype=bool)
    if finite == 0:
        return offered
    chosen = np.argpartition(others, min(pairs, finite) - 1, axis=None)[: min(pairs, finite)]
    offered.ravel()[chosen] = True
    offered[whole, place[whole]] = True
    return offered
