"""Descent: from the present placement, each item takes its best open host, until none has a better one."""

import numpy as np

from recommender.placement.make_room import make_room
from recommender.placement.problem import SPLIT, Ints
from recommender.placement.search_state import TOLERANCE, SearchState

MAX_PASSES = 30
BLOCK = 20  # items looked at together; in larger blocks more of them are looked at too early
MOST_FAILURES = 20  # to make room, in one pass
WORTH_IT = 1e-6


def repair(state: SearchState) -> None:
    """Move what stands where it may not to the cheapest open host, the biggest first, or to where others make room.

    What finds neither stays.
    """
    for _ in range(MAX_PASSES):
        misplaced = state.misplaced()
        # What must leave by itself goes before what only shares a full host: it may be enough.
        misplaced.sort(key=lambda item: (not _has_no_choice(state, item), -_size(state, item), item))
        moved = False
        for item in misplaced:
            if state.is_misplaced(item):
                moved = _to_best(state, item, limit=np.inf) or moved
        if not moved and not _make_room(state, misplaced):
            return


def descend(state: SearchState) -> None:
    """To a local optimum of single moves; never breaks a rule that is kept."""
    order = sorted(range(state.problem.items), key=lambda item: (-_size(state, item), item))
    may_move = np.array(order, dtype=np.int64)[state.problem.masks[state.problem.class_of[order]].sum(axis=1) > 1]
    for _ in range(MAX_PASSES):
        moved = False
        for first in range(0, len(may_move), BLOCK):
            for item in _worth_a_look(state, may_move[first : first + BLOCK]):
                moved = _to_best(state, item, limit=state.price_of_leaving(item) - WORTH_IT) or moved
        if not moved:
            return


def _make_room(state: SearchState, items: list[int]) -> bool:
    """Whether there was room to be made for any of the items that are still misplaced."""
    made, failures = False, 0
    for item in items:
        if state.is_misplaced(item) and failures < MOST_FAILURES:
            success = make_room(state, item)
            made, failures = made or success, failures + (not success)
    return made


def _worth_a_look(state: SearchState, items: Ints) -> list[int]:
    """Those of the items that a cheaper host has room for as things are; what else is there is not asked yet."""
    problem, items = state.problem, items[state.place[items] != SPLIT]
    cost, load, here = problem.host_cost, state.load, state.place[items]
    may = problem.masks[problem.class_of[items]]
    for used, need, limit in zip(state.used, problem.need, problem.limit, strict=True):
        may &= used + need[items, np.newaxis] <= limit + TOLERANCE
    demand = problem.demand[:, items]
    leaving = problem.pair_cost[items, here] + cost.at(here, load[:, here]) - cost.at(here, load[:, here] - demand)
    coming = problem.pair_cost[items] - cost.of(load)
    for resource, quadratic in enumerate(cost.quadratic):
        after = load[resource] + demand[resource][:, np.newaxis]
        coming += quadratic * after * after
        for kink in cost.kinks:
            coming += kink.slope[resource] * np.maximum(0.0, after - kink.line[resource])
    may[np.arange(len(items)), here] = False
    cheaper = (np.where(may, coming, np.inf) < (leaving - WORTH_IT)[:, np.newaxis]).any(axis=1)
    return [int(item) for item in items[cheaper]]


def _to_best(state: SearchState, item: int, limit: float) -> bool:
    may = state.open_hosts(item)
    if not may.any():
        return False
    prices = np.where(may, state.prices_of_coming(item), np.inf)
    best = int(prices.argmin())
    if prices[best] >= limit:
        return False
    state.move(item, best)
    return True


def _has_no_choice(state: SearchState, item: int) -> bool:
    return bool(state.problem.must_leave[item])


def _size(state: SearchState, item: int) -> float:
    capacity = state.problem.limit.max(axis=1, initial=1.0)
    return float((state.problem.need[:, item] / np.maximum(capacity, 1.0)).max(initial=0.0))
