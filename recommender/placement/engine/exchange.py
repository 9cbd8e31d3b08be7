"""Descent by exchanges: two hosts at a time swap one item each, or one goes alone; all hosts meet all others in rounds.

In one round every host meets one other, so that the best exchange of each pair can be made without a look at the rest.
The rounds are those of a tournament (circle method).
"""

from itertools import count

import numpy as np

from recommender.placement.engine.priced_pairs import priced_blocks
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import SPLIT, Bools, Floats, Ints

WORTH_IT = 1e-6
UNDECIDED = 0.03  # of the typical price of an item: so near, it may stay or go
BLOCK = 1 << 16  # exchanges looked at together: as many as stay in the processor's cache
MOST_ROUNDS = 100  # before all are put in order anew: the first ones, in which dear hosts meet cheap ones, gain most
MOST_TRIES = 4  # of exchanges of one pair in one round that turn out to be forbidden


def exchange_undecided(state: SearchState, prices: Floats, most_looks: int, run: SearchRun) -> None:
    """Exchange what moved and what almost moves, or almost stays, at these prices of load, ``[resources, hosts]``."""
    problem = state.problem
    undecided: Bools = state.place != problem.start
    margin = UNDECIDED * float(np.abs((problem.demand * prices.mean(axis=1, keepdims=True)).sum(axis=0)).mean())
    for block, costs in priced_blocks(problem, prices):
        start, rows = problem.start[block], np.arange(len(costs))
        at_home = np.where(start == SPLIT, np.inf, costs[rows, start])
        costs[rows, start] = np.inf
        undecided[block] |= at_home > costs.min(axis=1) - margin
    exchange(state, undecided, most_looks, run)


def exchange(state: SearchState, items: Bools, most_looks: int, run: SearchRun) -> None:
    """Improve a placement in place by exchanges among ``items``; no rule that is kept is broken.

    At most about ``most_looks`` exchanges are looked at, and none once the run is stopped.
    """
    meetings, looks = _Meetings(state, items), 0
    hosts = np.flatnonzero(state.problem.masks.any(axis=0))
    if len(hosts) < 2 or not len(meetings.items) or most_looks <= 0:
        return
    for number in count():
        before = state.cost()
        for left, right in _rounds(_by_price(state, hosts, number))[:MOST_ROUNDS]:
            if looks >= most_looks or not run.goes_on(state):
                return
            looks += meetings.meet(left, right)
        if state.cost() > before - WORTH_IT * max(1.0, before):
            return


def _by_price(state: SearchState, hosts: Ints, number: int) -> Ints:
    """The hosts in the order of what one resource costs there, so that the dear meet the cheap first; each in turn."""
    marginal = state.problem.host_cost.marginal(state.load)
    prices: Floats = marginal[number % len(marginal), hosts]
    return hosts[np.argsort(-prices, kind="stable")]


def _rounds(hosts: Ints) -> list[tuple[Ints, Ints]]:
    """Every pair of hosts once, in rounds in which each host is in at most one pair."""
    ring = np.append(hosts, -1) if len(hosts) % 2 else hosts
    half, rounds = len(ring) // 2, []
    for _ in range(len(ring) - 1):
        left, right = ring[:half], ring[half:][::-1]
        both = (left >= 0) & (right >= 0)
        rounds.append((left[both], right[both]))
        ring = np.concatenate([ring[:1], ring[-1:], ring[1:-1]])
    return rounds


class _Meetings:
    """Looks at the exchanges of pairs of hosts and makes the best of each.

    Left alone are items that may not move, split ones, and those that have to be apart from others.
    """

    def __init__(self, state: SearchState, items: Bools) -> None:
        self.state = state
        problem = state.problem
        may = items & (problem.masks.sum(axis=1)[problem.class_of] > 1)
        may &= state.place >= 0
        may[list(state.groups_of)] = False
        self.items: Ints = np.flatnonzero(may)
        # One more item that is nothing: what is exchanged for it goes alone.
        self.demand = np.append(problem.demand, np.zeros((len(problem.demand), 1)), axis=1)
        self.need = np.append(problem.need, np.zeros((len(problem.need), 1)), axis=1)

    def meet(self, left: Ints, right: Ints) -> int:
        """Make the best exchange of each pair; returns how many were looked at."""
        there = self._there()
        size = max(1, BLOCK // there.shape[1] ** 2)
        for first in range(0, len(left), size):
            block = slice(first, first + size)
            self._meet(left[block], right[block], there)
        return len(left) * int(there.shape[1]) ** 2

    def _there(self) -> Ints:
        """The items on each host, one row a host, the rest of it nothing."""
        hosts, place = len(self.state.problem.hosts), self.state.place[self.items]
        order = np.argsort(place, kind="stable")
        counts = np.bincount(place, minlength=hosts)
        there: Ints = np.full((hosts, int(counts.max()) + 1), self.state.problem.items, dtype=np.int64)
        column = np.arange(len(place)) - np.repeat(counts.cumsum() - counts, counts)
        there[place[order], column] = self.items[order]
        return there

    def _meet(self, left: Ints, right: Ints, there: Ints) -> None:
        gives, takes = there[left], there[right]
        prices = self._moving(gives, left, right)[:, :, np.newaxis] + self._moving(takes, right, left)[:, np.newaxis, :]
        cost, load = self.state.problem.host_cost, self.state.load
        for resource, (of_one, loads) in enumerate(zip(self.demand, load, strict=True)):
            change = of_one[takes][:, np.newaxis, :] - of_one[gives][:, :, np.newaxis]
            for host, sign in ((left, 1.0), (right, -1.0)):
                now = loads[host][:, np.newaxis, np.newaxis]
                after = now + sign * change
                prices += cost.quadratic[resource, host][:, np.newaxis, np.newaxis] * (after * after - now * now)
                most = np.abs(change).max(axis=(1, 2)) + loads[host]
                for kink in cost.kinks:
                    if (most > kink.line[resource, host]).any():
                        slope, line = (
                            values[resource, host][:, np.newaxis, np.newaxis] for values in (kink.slope, kink.line)
                        )
                        prices += slope * (np.maximum(after, line) - np.maximum(now, line))
        self._make(left, right, gives, takes, prices)

    def _moving(self, items: Ints, here: Ints, there: Ints) -> Floats:
        """What each item's own cost rises by when it goes there, infinite where it may not; 0 for nothing."""
        problem, is_one = self.state.problem, items < self.state.problem.items
        some = np.where(is_one, items, 0)
        change = problem.pair_cost[some, there[:, np.newaxis]] - problem.pair_cost[some, here[:, np.newaxis]]
        may = problem.masks[problem.class_of[some], there[:, np.newaxis]]
        moving: Floats = np.where(is_one, np.where(may, change, np.inf), 0.0)
        return moving

    def _make(self, left: Ints, right: Ints, gives: Ints, takes: Ints, prices: Floats) -> None:
        width = prices.shape[2]
        flat = prices.reshape(len(left), -1)
        for pair in np.flatnonzero(flat.min(axis=1) < -WORTH_IT):
            one, other = int(left[pair]), int(right[pair])
            for _ in range(MOST_TRIES):
                best = int(flat[pair].argmin())
                if flat[pair, best] >= -WORTH_IT:
                    break
                given, taken = int(gives[pair, best // width]), int(takes[pair, best % width])
                if self._has_room(one, given, taken) and self._has_room(other, taken, given):
                    self._move(given, other)
                    self._move(taken, one)
                    break
                flat[pair, best] = np.inf

    def _has_room(self, host: int, given: int, taken: int) -> bool:
        after = self.state.used[:, host] - self.need[:, given] + self.need[:, taken]
        return taken == self.state.problem.items or bool((after <= self.state.problem.limit[:, host] + TOLERANCE).all())

    def _move(self, item: int, host: int) -> None:
        if item < self.state.problem.items:
            self.state.move(item, host)
