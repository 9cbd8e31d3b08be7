"""Where every item is during the search, and the loads that follow from it, kept up to date move by move."""

from collections.abc import Sequence

import numpy as np

from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem

TOLERANCE = 1e-6


class SearchState:
    """A placement under change; ``place[i]`` is a host, or ``SPLIT`` for an item whose VMs are as at the start."""

    def __init__(self, problem: Problem, place: Ints | None = None) -> None:
        self.problem = problem
        self.place: Ints = problem.start.copy() if place is None else place.copy()
        hosts = len(problem.hosts)
        self.load: Floats = problem.fixed.copy()
        self.used: Floats = np.zeros_like(problem.limit)
        self.there: Ints = np.zeros((len(problem.apart), hosts), dtype=np.int64)
        self.most_there: Ints = np.ones_like(self.there)
        for group, spread in problem.spreads.items():
            self.most_there[group] = spread.most_at()
        self.weighs = np.asarray(
            (problem.need > 0).any(axis=0), dtype=bool
        )  # not so VMs that do not run: they come anywhere
        self.groups_of: dict[int, list[int]] = {}
        for group, items in enumerate(problem.apart):
            for item in items:
                self.groups_of.setdefault(item, []).append(group)
        for item in range(problem.items):
            self._charge(item, +1)

    def cost(self) -> float:
        """The objective of this placement."""
        placed = self.place != SPLIT
        pairs = self.problem.pair_cost[np.flatnonzero(placed), self.place[placed]].sum()
        return float(self.problem.host_cost.of(self.load).sum() + pairs + self._split_cost(~placed))

    def move(self, item: int, host: int) -> None:
        """Put an item on a host."""
        self._charge(item, -1)
        self.place[item] = host
        self._charge(item, +1)

    def open_hosts(self, item: int) -> Bools:
        """Hosts the item may be brought to now: allowed, with room, and without another of its separated groups."""
        problem = self.problem
        room = (self.used + problem.need[:, item, np.newaxis] <= problem.limit + TOLERANCE).all(axis=0)
        may: Bools = problem.mask(item) & (room | ~self.weighs[item])
        for group in self.groups_of.get(item, ()):
            may &= self.has_place(self.there, group, item)
        if self.place[item] != SPLIT:
            may[self.place[item]] = False
        return may

    def is_misplaced(self, item: int) -> bool:
        """Whether it stands where a rule says that it may not, by itself or with what else is there."""
        host = int(self.place[item])
        if host == SPLIT:
            return True
        if host == self.problem.start[item] and (self.problem.must_leave[item] or self.problem.is_tolerant):
            return bool(self.problem.must_leave[item])
        if any(self._is_crowded(group, host, item) for group in self.groups_of.get(item, ())):
            return True
        over = self.used[:, host] > self.problem.limit[:, host] + TOLERANCE
        if self.problem.is_tolerant:  # a newcomer, where whatever is too much has to be gone
            return bool(over.any() and self.weighs[item])
        return bool((over & (self.problem.need[:, item] > 0)).any())

    def misplaced(self) -> list[int]:
        """All such items. Only those are looked at that stand where something is too much, too close or forbidden."""
        problem, place = self.problem, self.place
        here: Bools = np.logical_or.reduce(self.used > problem.limit + TOLERANCE, axis=0)
        here = here | np.logical_or.reduce(self.there > self.most_there, axis=0)
        suspects = here[place] | (place == SPLIT) | ((place == problem.start) & problem.must_leave)
        return [item for item in map(int, np.flatnonzero(suspects)) if self.is_misplaced(item)]

    def is_legal(self) -> bool:
        """Whether every rule is kept, by the hosts' fixed VMs too; what is tolerated counts as kept."""
        if self.misplaced():
            return False
        return self.problem.is_tolerant or bool((self.used <= self.problem.limit + TOLERANCE).all())

    def has_place(self, there: Ints, group: int, item: int) -> Bools:
        """Where the item may come to beside what is ``there`` of the group, ``[hosts]``."""
        spread, place = self.problem.spreads.get(group), int(self.place[item])
        if spread is None:
            alone: Bools = there[group] == 0
            return alone
        may: Bools = there[group] + spread.weight[item] <= self.most_there[group]
        if place != SPLIT and spread.domain_of[place] >= 0:
            may |= spread.domain_of == spread.domain_of[place]  # within its domain it changes nothing
        return may

    def count(self, there: Ints, group: int, item: int, host: int, sign: int) -> None:
        """Add the item to what is ``there`` of the group, or take it away: on its host, or on all of its domain."""
        spread = self.problem.spreads.get(group)
        if spread is None:
            there[group, host] += sign
        elif spread.domain_of[host] >= 0:
            there[group, spread.domain_of == spread.domain_of[host]] += sign * spread.weight[item]

    def _is_crowded(self, group: int, host: int, item: int) -> bool:
        if self.there[group, host] <= self.most_there[group, host]:
            return False
        spread, start = self.problem.spreads.get(group), int(self.problem.start[item])
        if spread is None or start == SPLIT or not self.problem.is_tolerant:
            return True
        return bool(spread.domain_of[start] != spread.domain_of[host])  # what came from there has crowded nothing

    def price_of_leaving(self, item: int) -> float:
        """The cost that goes when the item is taken away from where it is."""
        host = int(self.place[item])
        if host == SPLIT:
            return 0.0
        # One host is a matter of a few numbers: plain ones are ten times as quick as arrays.
        price = float(self.problem.pair_cost[item, host])
        for row, (load, demand) in enumerate(zip(self.load[:, host], self.problem.demand[:, item], strict=True)):
            curve = self.problem.host_cost.curve(row, host)
            price += curve.of(float(load)) - curve.of(float(load - demand))
        return price

    def prices_of_coming(self, item: int) -> Floats:
        """The cost that comes with the item on each host, ``[hosts]`` (on its own host: meaningless)."""
        cost = self.problem.host_cost
        prices: Floats = (
            cost.of(self.load + self.problem.demand[:, item, np.newaxis])
            - cost.of(self.load)
            + self.problem.pair_cost[item]
        )
        return prices

    def without(self, items: Sequence[int]) -> tuple[Floats, Floats]:
        """Load and use of limits by everything but these items: ``[resources, hosts]`` and ``[capacities, hosts]``."""
        load, used, problem = self.load.copy(), self.used.copy(), self.problem
        for item in items:
            for vm in problem.members[item]:
                host = problem.member_start[vm] if self.place[item] == SPLIT else self.place[item]
                load[:, host] -= problem.vm_demand[:, vm]
                used[:, host] -= problem.vm_need[:, vm]
        return load, used

    def _charge(self, item: int, sign: int) -> None:
        problem, host = self.problem, int(self.place[item])
        if host == SPLIT:
            for vm in problem.members[item]:
                self.load[:, problem.member_start[vm]] += sign * problem.vm_demand[:, vm]
                self.used[:, problem.member_start[vm]] += sign * problem.vm_need[:, vm]
            for group in self.groups_of.get(item, ()):
                for at in {int(problem.member_start[vm]) for vm in problem.members[item]}:
                    self.count(self.there, group, item, at, sign)
            return
        self.load[:, host] += sign * problem.demand[:, item]
        self.used[:, host] += sign * problem.need[:, item]
        for group in self.groups_of.get(item, ()):
            self.count(self.there, group, item, host, sign)

    def _split_cost(self, split: Bools) -> float:
        problem = self.problem
        return float(
            sum(
                problem.vm_pair_cost[vm, problem.member_start[vm]]
                for item in np.flatnonzero(split)
                for vm in problem.members[item]
            )
        )
