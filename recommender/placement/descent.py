"""Descent: from the present placement, each item takes its best open host, until none has a better one."""

import numpy as np

from recommender.placement.problem import SPLIT
from recommender.placement.search_state import SearchState

MAX_PASSES = 30
WORTH_IT = 1e-6


def repair(state: SearchState) -> None:
    """Move what stands where it may not to the cheapest open host, the biggest first; what finds none stays."""
    for _ in range(MAX_PASSES):
        misplaced = state.misplaced()
        # What must leave by itself goes before what only shares a full host: it may be enough.
        misplaced.sort(key=lambda item: (not _has_no_choice(state, item), -_size(state, item), item))
        moved = False
        for item in misplaced:
            if state.is_misplaced(item):
                moved = _to_best(state, item, limit=np.inf) or moved
        if not moved:
            return


def descend(state: SearchState) -> None:
    """To a local optimum of single moves; never breaks a rule that is kept."""
    order = sorted(range(state.problem.items), key=lambda item: (-_size(state, item), item))
    may_move = [item for item in order if state.problem.mask(item).sum() > 1]
    for _ in range(MAX_PASSES):
        moved = False
        for item in may_move:
            if state.place[item] != SPLIT:
                moved = _to_best(state, item, limit=state.price_of_leaving(item) - WORTH_IT) or moved
        if not moved:
            return


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
