"""Simulated annealing from a legal placement: single moves and swaps, some of them uphill (Metropolis 1953).

It leaves the local optimum that descent ends in. In plain numbers rather than arrays: a proposal looks at two hosts.
"""

from collections.abc import Iterator
from math import exp

import numpy as np

from recommender.placement.descent import descend
from recommender.placement.problem import SPLIT
from recommender.placement.search_state import TOLERANCE, SearchState
from recommender.placement.seeded_numbers import uniform

# Temperatures as shares of what one item typically costs where it stands.
HOTTEST, COLDEST = 0.2, 0.001
SHARE_OF_SWAPS = 0.4
SHARE_OF_RETURNS = 0.3  # of single moves go home: that saves a migration
LARGEST_BATCH = 4096  # of proposals at one temperature
FEWEST_BATCHES = 50


def anneal(state: SearchState, proposals: int, seed: int) -> None:
    """Try ``proposals`` changes, cooling down; the placement is legal before and after and never dearer after."""
    before, places = state.cost(), state.place.copy()
    walk = _Walk(state)
    if not walk.items or proposals <= 0:
        return
    scale = _typical_price(state, walk.items)
    batch = max(1, min(LARGEST_BATCH, proposals // FEWEST_BATCHES))
    for first in range(0, proposals, batch):
        hot = HOTTEST * scale * (COLDEST / HOTTEST) ** (first / proposals)
        for pick, where, what, luck in _draws(min(batch, proposals - first), seed * 1_000_003 + first):
            if what < SHARE_OF_SWAPS:
                walk.swap(pick, where, hot, luck)
            else:
                walk.shift(pick, where, hot, luck, home=what > 1 - SHARE_OF_RETURNS)
    changed = SearchState(state.problem, np.array(walk.place, dtype=np.int64))
    descend(changed)
    if changed.cost() < before and changed.is_legal():
        for item in np.flatnonzero(changed.place != places):
            state.move(int(item), int(changed.place[item]))


class _Walk:
    """The placement as plain lists, for quick small changes."""

    def __init__(self, state: SearchState) -> None:
        problem = state.problem
        self.place = state.place.tolist()
        self.start = problem.start.tolist()
        rows = [row for row in range(len(problem.need)) if problem.need[row].any() or problem.is_tolerant]
        self.need = problem.need[rows].T.tolist()
        self.limit = (problem.limit[rows] + TOLERANCE).T.tolist()
        self.used = state.used[rows].T.tolist()
        self.demand = problem.demand.T.tolist()
        self.load = state.load.T.tolist()
        cost = problem.host_cost
        self.curves = np.stack([cost.quadratic.T, cost.slope.T, cost.line.T], axis=2).tolist()
        self.pair_cost = problem.pair_cost
        self.hosts_of_class = [np.flatnonzero(mask).tolist() for mask in problem.masks]
        self.class_of = problem.class_of.tolist()
        self.masks = problem.masks.tolist()
        self.groups_of = state.groups_of
        self.there = state.there.tolist()
        self.items = [
            item
            for item in range(problem.items)
            if self.place[item] != SPLIT and len(self.hosts_of_class[self.class_of[item]]) > 1
        ]

    def shift(self, pick: float, where: float, hot: float, luck: float, *, home: bool) -> None:
        """Propose one item on another host."""
        item = self.items[int(pick * len(self.items))]
        here, hosts = self.place[item], self.hosts_of_class[self.class_of[item]]
        there = self.start[item] if home else hosts[int(where * len(hosts))]
        if there in (here, SPLIT) or not self.masks[self.class_of[item]][there]:
            return
        need, used, limit = self.need[item], self.used[there], self.limit[there]
        if any(taken + more > most for taken, more, most in zip(used, need, limit, strict=True)):
            return
        if any(self.there[group][there] for group in self.groups_of.get(item, ())):
            return
        change = self.demand[item]
        price = (
            self._price(there, change, 1.0)
            + self._price(here, change, -1.0)
            + float(self.pair_cost[item, there] - self.pair_cost[item, here])
        )
        if price <= 0 or luck < exp(-price / hot):
            self._put(item, here, there)

    def swap(self, pick: float, where: float, hot: float, luck: float) -> None:
        """Propose two items in each other's places."""
        one, other = self.items[int(pick * len(self.items))], self.items[int(where * len(self.items))]
        here, there = self.place[one], self.place[other]
        if here == there or not self.masks[self.class_of[one]][there] or not self.masks[self.class_of[other]][here]:
            return
        if one in self.groups_of or other in self.groups_of:
            return  # left to single moves: a swap within a group would have to be looked at as one
        change = [mine - its for mine, its in zip(self.demand[one], self.demand[other], strict=True)]
        costs = self.pair_cost
        price = (
            self._price(there, change, 1.0)
            + self._price(here, change, -1.0)
            + float(costs[one, there] - costs[one, here] + costs[other, here] - costs[other, there])
        )
        if price > 0 and luck >= exp(-price / hot):
            return
        more = [mine - its for mine, its in zip(self.need[one], self.need[other], strict=True)]
        fits_there = all(map(_fits, self.used[there], more, self.limit[there]))
        if fits_there and all(
            taken - less <= most for taken, less, most in zip(self.used[here], more, self.limit[here], strict=True)
        ):
            self._put(one, here, there)
            self._put(other, there, here)

    def _price(self, host: int, change: list[float], sign: float) -> float:
        price = 0.0
        for load, amount, (quadratic, slope, line) in zip(self.load[host], change, self.curves[host], strict=True):
            after = load + sign * amount
            price += quadratic * (after * after - load * load)
            if after > line or load > line:
                price += slope * (max(after, line) - max(load, line))
        return price

    def _put(self, item: int, here: int, there: int) -> None:
        self.place[item] = there
        for row, amount in enumerate(self.need[item]):
            self.used[here][row] -= amount
            self.used[there][row] += amount
        for row, amount in enumerate(self.demand[item]):
            self.load[here][row] -= amount
            self.load[there][row] += amount
        for group in self.groups_of.get(item, ()):
            self.there[group][here] -= 1
            self.there[group][there] += 1


def _fits(taken: float, more: float, most: float) -> bool:
    return taken + more <= most


def _draws(count: int, seed: int) -> Iterator[tuple[float, float, float, float]]:
    columns = uniform(4 * count, seed).reshape(4, count).tolist()
    return zip(*columns, strict=True)


def _typical_price(state: SearchState, items: list[int]) -> float:
    prices = state.problem.host_cost.marginal(state.load)
    demands = state.problem.demand[:, items]
    return max(float((demands * prices.mean(axis=1, keepdims=True)).sum(axis=0).mean()), 1e-9)
