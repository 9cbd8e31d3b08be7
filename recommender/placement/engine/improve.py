"""Large neighbourhood search by price: the pairs that almost pay, all over the fleet, solved together by CP-SAT.

At good prices of the hosts' loads the best host is clear for almost all items; what is left to decide are the few pairs
whose reduced cost is near 0. They are neighbourhoods that no choice of a few hosts reaches (Shaw 1998 for the search;
for the choice by reduced cost: Balas and Zemel, An algorithm for large zero-one knapsack problems, 1980). Those of one
round are about different items and may be solved at the same time; their answers are taken in the order of questions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.placement.engine.descent import descend
from recommender.placement.engine.neighbourhood_model import ModelAnswer, solve_model
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem
from recommender.placement.request import SolveLimits

WORTH_IT = 1e-6
FEWEST_PAIRS = 30


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Items that may be placed anew and where: ``open_pairs`` ``[these items, all hosts]``, where they are included."""

    items: tuple[int, ...]
    open_pairs: Bools

    @property
    def hosts(self) -> list[int]:
        """All that any of them may be on."""
        return [int(host) for host in np.flatnonzero(self.open_pairs.any(axis=0))]


def improve(state: SearchState, prices: Floats, limits: SolveLimits, seed: int, run: SearchRun) -> None:
    """Improve a legal placement in place.

    ``prices``: of one unit of load on each host, ``[resources, hosts]``. Neighbourhoods that CP-SAT solves to the end
    grow, those that are too much for it shrink.
    """
    if state.problem.items == 0:
        return
    reduced = _reduced_costs(state.problem, prices)
    pairs = limits.pairs
    for number in range(limits.rounds):
        asked = list(neighbourhoods(reduced, state.place, pairs, limits.at_once))
        if not asked or not run.goes_on(state):
            return
        first = seed + number * limits.at_once
        answers = run.solved(_answer, [(state, one, limits, first + place) for place, one in enumerate(asked)])
        improved = [_accept(state, one.items, answer.places) for one, answer in zip(asked, answers, strict=True)]
        if any(improved):
            descend(state, run)
        if all(answer.is_best for answer in answers):
            pairs *= 2
        elif not any(improved):
            pairs = max(FEWEST_PAIRS, pairs // 2)


def neighbourhoods(reduced: Floats, place: Ints, pairs: int, most: int) -> Iterator[Neighbourhood]:
    """At most so many, none with an item of another: each of about ``pairs`` pairs, the cheapest in the first.

    ``reduced``: how much dearer each pair is than the item's cheapest, ``[items, hosts]``. Nothing of split items.
    """
    others = reduced.copy()
    whole = np.flatnonzero(place != SPLIT)
    others[whole, place[whole]] = np.inf
    others[place == SPLIT] = np.inf
    count = min(pairs * most, int(np.isfinite(others).sum()))
    if count == 0:
        return
    cheapest = np.argpartition(others, count - 1, axis=None)[:count]
    item, host = np.unravel_index(cheapest[np.argsort(others.ravel()[cheapest], kind="stable")], others.shape)
    # An item is where its cheapest pair is, with all of its pairs.
    items, first = np.unique(item, return_index=True)
    offered: Bools = np.zeros((len(items), reduced.shape[1]), dtype=bool)
    offered[np.searchsorted(items, item), host] = True
    offered[np.arange(len(items)), place[items]] = True
    for number in range(most):
        rows = np.flatnonzero(first // pairs == number)
        if len(rows):
            yield Neighbourhood(tuple(map(int, items[rows])), offered[rows])


def _answer(state: SearchState, asked: Neighbourhood, limits: SolveLimits, seed: int) -> ModelAnswer:
    """Changes nothing: others are solved at the same time."""
    return solve_model(
        state,
        asked.items,
        asked.hosts,
        deterministic_s=limits.deterministic_s,
        seed=seed,
        open_pairs=asked.open_pairs,
    )


def _accept(state: SearchState, items: tuple[int, ...], places: tuple[int, ...] | None) -> bool:
    """Take an answer if its true cost is lower, and if it is legal beside those that were taken before.

    The model knows costs by tangents only, and everything else where it was when the question was put.
    """
    if places is None:
        return False
    before, old = state.cost(), [int(state.place[item]) for item in items]
    _put(state, items, places)
    if state.cost() < before - WORTH_IT and state.is_legal():
        return True
    _put(state, items, old)
    return False


def _put(state: SearchState, items: Sequence[int], places: Sequence[int]) -> None:
    for item, host in zip(items, places, strict=True):
        if state.place[item] != host:
            state.move(item, host)


def _reduced_costs(problem: Problem, prices: Floats) -> Floats:
    """How much dearer each pair is than the item's cheapest, at these prices; infinite where it is not allowed."""
    costs = np.where(problem.masks[problem.class_of], problem.pair_cost + problem.demand.T @ prices, np.inf)
    reduced: Floats = costs - costs.min(axis=1, keepdims=True)
    return reduced
