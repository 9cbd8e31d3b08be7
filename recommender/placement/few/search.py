"""The best few moves: a search of its own among placements in which few VMs are elsewhere than at the start.

What the best ten moves do is not a part of what the best hundred do. Moves are added while the limit allows one more
and it is worth it; then each is held against every other that could be made in its place, until none is better.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import SPLIT, Bools, Floats, HostCost, Ints

WORTH_IT = 1e-6
MOST_TARGETS = 64  # hosts that are looked at as destinations: the cheapest
FEWEST_ITEMS, ITEMS_PER_MOVE = 200, 8  # that are looked at: those that save most by leaving
MOST_PASSES = 12


@dataclass(frozen=True, slots=True)
class _Step:
    item: int
    host: int
    change: float  # of the cost, below 0 where it is worth it


class FewMoves:
    """Changes ``state`` in place: ``most`` VMs may be away from their start, ``cost`` is what loads cost here.

    Items that are ``kept`` stay where they are put.
    """

    def __init__(self, state: SearchState, cost: HostCost, most: int, kept: Iterable[int] = ()) -> None:
        self.state, self.cost, self.most = state, cost, most
        self._size = np.array([len(group) for group in state.problem.members], dtype=np.int64)
        self._kept = frozenset(map(int, kept))
        self._items = self._worth_a_look()

    def search(self, run: SearchRun) -> None:
        """To a placement that no move less, more or in another's place makes better, if the run goes on so long.

        Each move is held against others in rounds of the run; those that are worth it are added whatever it says.
        """
        while (step := self._best()) is not None:
            self.state.move(step.item, step.host)
        for _ in range(MOST_PASSES):
            if not run.goes_on(self.state):
                return
            replaced = [item for item in self._returning() if self._replace(item)]
            if not replaced:
                return

    def bring(self, items: Sequence[int]) -> None:
        """Each to its cheapest open host, the biggest first; what finds none stays."""
        problem = self.state.problem
        targets = np.arange(len(problem.hosts))
        for item in sorted(items, key=lambda one: (-float(problem.demand[0, one]), one)):
            may = self.state.open_hosts(item)
            if may.any():
                prices = np.where(may, self._coming(np.array([item]), targets)[0], np.inf)
                self.state.move(item, int(prices.argmin()))

    def elsewhere(self, items: Ints) -> Floats:
        """What each would cost on the cheapest host as things are."""
        if not len(items):
            return np.zeros(0)
        least: Floats = self._coming(items, self._targets()).min(axis=1)
        return least

    def drop_what_does_not_pay(self, cost: HostCost) -> None:
        """Take back the moves without which loads that cost this much cost less."""
        self.cost = cost
        while steps := [step for item in self._returning() if (step := self._return(item)) is not None]:
            worst = min(steps, key=lambda step: step.change)
            if worst.change >= -WORTH_IT:
                return
            self.state.move(worst.item, worst.host)

    def _returning(self) -> list[int]:
        problem, place = self.state.problem, self.state.place
        away = np.flatnonzero((place != problem.start) & (problem.start != SPLIT))
        return [item for item in map(int, away) if item not in self._kept]

    def _return(self, item: int) -> _Step | None:
        home = int(self.state.problem.start[item])
        if not self.state.open_hosts(item)[home]:
            return None
        change = float(self._coming(np.array([item]), np.array([home]))[0, 0] - self._leaving(np.array([item]))[0])
        return _Step(item, home, change)

    def _replace(self, item: int) -> bool:
        """Take an item back if that is better, or better with the move that is then best; whether it is."""
        away, back = int(self.state.place[item]), self._return(item)
        if back is None:
            return False
        self.state.move(item, back.host)
        instead = self._best()
        if instead is not None and back.change + instead.change < -WORTH_IT:
            self.state.move(instead.item, instead.host)
            return True
        if back.change < -WORTH_IT:
            return True
        self.state.move(item, away)
        return False

    def _best(self) -> _Step | None:
        """The best move that the limit allows, of an item at its start or of one that is away already."""
        state, problem = self.state, self.state.problem
        left = self.most - spent_moves(state)
        at_home = state.place[self._items] == problem.start[self._items]
        items = self._items[~at_home | (self._size[self._items] <= left)]
        if not len(items):
            return None
        targets = self._targets()
        change = self._coming(items, targets) - self._leaving(items)[:, np.newaxis]
        change[~self._open(items, targets)] = np.inf
        while True:  # seldom a second time, so that sorting them all would be dear
            row, column = divmod(int(change.argmin()), len(targets))
            if not change[row, column] < -WORTH_IT:
                return None
            item, host = int(items[row]), int(targets[column])
            if item not in state.groups_of or state.open_hosts(item)[host]:
                return _Step(item, host, float(change[row, column]))
            change[row, column] = np.inf

    def _worth_a_look(self) -> Ints:
        """The items that save most by leaving for the cheapest host there is."""
        problem, state = self.state.problem, self.state
        may = (problem.masks.sum(axis=1)[problem.class_of] > 1) & (state.place != SPLIT)
        may[list(self._kept)] = False
        items = np.flatnonzero(may & (problem.start != SPLIT))
        if not len(items):
            return items
        saved = self._leaving(items) - self._coming(items, self._targets()).min(axis=1)
        most = max(FEWEST_ITEMS, ITEMS_PER_MOVE * self.most)
        return np.sort(items[np.argsort(-saved, kind="stable")[:most]])

    def _targets(self) -> Ints:
        usable = np.flatnonzero(self.state.problem.masks.any(axis=0))
        dearness = (self.cost.marginal(self.state.load) * self._typical_load()).sum(axis=0)
        return np.sort(usable[np.argsort(dearness[usable], kind="stable")[:MOST_TARGETS]])

    def _typical_load(self) -> Floats:
        mean: Floats = self.state.problem.demand.mean(axis=1, keepdims=True)
        return mean

    def _open(self, items: Ints, targets: Ints) -> Bools:
        """Where each may be brought, ``[items, targets]``, but for what has to be apart."""
        state, problem = self.state, self.state.problem
        may: Bools = problem.masks[problem.class_of[items]][:, targets]
        room = np.ones_like(may)
        for used, need, limit in zip(state.used, problem.need, problem.limit, strict=True):
            room &= used[targets] + need[items, np.newaxis] <= limit[targets] + TOLERANCE
        may &= room | ~state.weighs[items, np.newaxis]
        may &= targets != state.place[items, np.newaxis]
        return may

    def _coming(self, items: Ints, targets: Ints) -> Floats:
        """The cost that comes with each item on each target."""
        problem, cost = self.state.problem, self.cost
        prices: Floats = problem.pair_cost[np.ix_(items, targets)].copy()
        for resource, load in enumerate(self.state.load):
            now = load[targets]
            after = now + problem.demand[resource, items][:, np.newaxis]
            prices += cost.quadratic[resource, targets] * (after * after - now * now)
            for kink in cost.kinks:
                line = kink.line[resource, targets]
                prices += kink.slope[resource, targets] * (np.maximum(after, line) - np.maximum(now, line))
        return prices

    def _leaving(self, items: Ints) -> Floats:
        """The cost that goes with each item from where it is."""
        problem, here = self.state.problem, self.state.place[items]
        now = self.state.load[:, here]
        saved: Floats = self.cost.at(here, now) - self.cost.at(here, now - problem.demand[:, items])
        return saved + problem.pair_cost[items, here]


def spent_moves(state: SearchState) -> int:
    """How many VMs are elsewhere than at the start."""
    problem = state.problem
    return sum(
        int(problem.member_start[vm]) != int(state.place[item])
        for item in map(int, np.flatnonzero(state.place != problem.start))
        for vm in problem.members[item]
    )
