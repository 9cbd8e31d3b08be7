"""Descent: from the present placement, each item takes its best open host, until none has a better one."""

import numpy as np

from recommender.placement.engine.make_room import make_room
from recommender.placement.engine.priced_pairs import priced_blocks
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem

MAX_PASSES = 30
SIFTED = 500  # items asked together, without a look at single hosts, whether they could gain at all
MOST_TARGETS = 400  # hosts that are looked at before an item is, where there are more
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


def descend(state: SearchState, run: SearchRun) -> None:
    """To a local optimum of single moves, or until the run is stopped; never breaks a rule that is kept."""
    order = sorted(range(state.problem.items), key=lambda item: (-_size(state, item), item))
    may_move = np.array(order, dtype=np.int64)[state.problem.masks.sum(axis=1)[state.problem.class_of[order]] > 1]
    elsewhere = _least_pair_costs(state.problem)
    for _ in range(MAX_PASSES):
        moved = False
        for begin in range(0, len(may_move), SIFTED):
            if not run.goes_on(state):
                return
            targets = _cheap_hosts(state)
            sifted = _perhaps_worth_it(state, may_move[begin : begin + SIFTED], elsewhere)
            for first in range(0, len(sifted), BLOCK):
                for item in _worth_a_look(state, sifted[first : first + BLOCK], targets):
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


def _least_pair_costs(problem: Problem) -> Floats:
    """What each item costs by itself on the host other than its start where that is least; infinite if it has none."""
    least: Floats = np.zeros(problem.items)
    for block, costs in priced_blocks(problem, np.zeros_like(problem.fixed)):
        start = problem.start[block]
        whole = np.flatnonzero(start != SPLIT)
        costs[whole, start[whole]] = np.inf
        least[block] = costs.min(axis=1)
    return least


def _perhaps_worth_it(state: SearchState, items: Ints, elsewhere: Floats) -> Ints:
    """Without those that would not gain even if the cheapest CPU and the cheapest memory were on one host.

    A cost that is convex rises by no less than its slope. Items that are away from their start are all looked at.
    """
    problem, cost = state.problem, state.problem.host_cost
    place = state.place[items]
    demand, load = problem.demand[:, items], state.load[:, place]
    usable = np.logical_or.reduce(problem.masks, axis=0)
    cheapest = cost.marginal(state.load)[:, usable].min(axis=1)
    saved = problem.pair_cost[items, place] + cost.at(place, load) - cost.at(place, load - demand)
    gains: Bools = elsewhere[items] + cheapest @ demand < saved - WORTH_IT
    sifted: Ints = items[gains | (place != problem.start[items])]
    return sifted


def _worth_a_look(state: SearchState, items: Ints, hosts: Ints) -> list[int]:
    """Those of the items that a cheaper one of ``hosts`` has room for; what else is there is not asked yet."""
    problem, items = state.problem, items[state.place[items] != SPLIT]
    cost, here = problem.host_cost, state.place[items]
    may = problem.masks[problem.class_of[items][:, np.newaxis], hosts]
    for used, need, limit in zip(state.used[:, hosts], problem.need, problem.limit[:, hosts], strict=True):
        may &= used + need[items, np.newaxis] <= limit + TOLERANCE
    demand, load = problem.demand[:, items], state.load[:, here]
    leaving = problem.pair_cost[items, here] + cost.at(here, load) - cost.at(here, load - demand)
    there = state.load[:, hosts]
    coming = problem.pair_cost[items[:, np.newaxis], hosts] - cost.at(hosts, there)
    for resource, quadratic in enumerate(cost.quadratic[:, hosts]):
        after = there[resource] + demand[resource][:, np.newaxis]
        coming += quadratic * after * after
        for kink in cost.kinks:
            coming += kink.slope[resource, hosts] * np.maximum(0.0, after - kink.line[resource, hosts])
    may &= hosts != here[:, np.newaxis]
    cheaper = (np.where(may, coming, np.inf) < (leaving - WORTH_IT)[:, np.newaxis]).any(axis=1)
    return [int(item) for item in items[cheaper]]


def _cheap_hosts(state: SearchState) -> Ints:
    """The hosts that an item of average demand would cost least on: so many that looking at all others rarely pays."""
    hosts = np.flatnonzero(np.logical_or.reduce(state.problem.masks, axis=0))
    if len(hosts) <= MOST_TARGETS:
        return hosts
    average = state.problem.demand.mean(axis=1, keepdims=True)
    prices: Floats = (state.problem.host_cost.marginal(state.load) * average).sum(axis=0)[hosts]
    return np.sort(hosts[np.argpartition(prices, MOST_TARGETS)[:MOST_TARGETS]])


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
