"""Where every unit of disks is during the search, and what that costs, kept up to date choice by choice."""

import numpy as np

from recommender.placement.disks.problem import STAYS, DiskProblem
from recommender.placement.disks.separation import BROKEN, Presence
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Floats, Ints

TOLERANCE_MIB = 1e-6


class DiskState:
    """``choice[u]``: the option taken, at first the unit's first one, or nothing (−1) while it has to leave."""

    def __init__(self, problem: DiskProblem) -> None:
        self.problem = problem
        options = problem.options
        self.choice: Ints = np.full(len(problem.units), -1, dtype=np.int64)
        self.used, self.room = problem.used.copy(), problem.room.copy()
        self.hosts = SearchState(problem.hosts)
        self.spent = 0.0
        self.presence = Presence(problem)
        for unit in range(len(problem.units)):
            if options.store[options.first[unit]] == STAYS:
                self.choice[unit] = options.first[unit]

    def cost(self) -> float:
        """The objective of this choice, but for what nothing changes, and a high price of what is too close."""
        known = float(self.problem.store_cost.of(self.used[np.newaxis]).sum()) + self.hosts.cost() + self.spent
        return known + BROKEN * self.broken()

    def broken(self) -> int:
        """Disks, or VMs, too many on datastores that they may not share."""
        return self.presence.broken() if self.problem.apart else 0

    def undecided(self) -> list[int]:
        """Units that have to leave and have not been given a place."""
        return [unit for unit, option in enumerate(self.choice) if option < 0]

    def is_open(self, unit: int, option: int) -> bool:
        """Whether there is room for the unit there, itself taken away from where it is."""
        problem, options = self.problem, self.problem.options
        store, host = int(options.store[option]), int(options.host[option])
        if store == STAYS:
            return True
        room = self.room[store] + self._taken(unit, store)
        if self._arriving(unit, store) > room + TOLERANCE_MIB:
            return False
        if not self.presence.is_open(unit, store):
            return False
        item = int(problem.item_of[unit])
        if item < 0 or host == self.hosts.place[item]:
            return True
        return host == problem.hosts.start[item] or bool(self.hosts.open_hosts(item)[host])

    def take(self, unit: int, option: int) -> None:
        """Choose an option; −1 for none."""
        before = int(self.choice[unit])
        if before >= 0:
            self._apply(unit, before, -1)
        self.choice[unit] = option
        if option >= 0:
            self._apply(unit, option, +1)

    def change(self, unit: int, option: int) -> float:
        """By how much the cost changes if the unit takes this option."""
        before, cost = int(self.choice[unit]), self.cost()
        self.take(unit, option)
        changed = self.cost() - cost
        self.take(unit, before)
        return changed

    def moved(self, unit: int, target: int, store: int) -> float:
        """Used space that copying the unit to ``target`` brings to a datastore; below 0 where it leaves."""
        on = self.problem.on[unit]
        return float((on.sum() if target == store else 0.0) - on[store])

    def freed(self, unit: int, target: int, store: int) -> float:
        """Room that copying the unit to ``target`` gives back on a datastore; below 0 where it comes to."""
        return -self._arriving(unit, target) if target == store else float(self.problem.on[unit, store])

    def _arriving(self, unit: int, store: int) -> float:
        """Space that it needs there; what is there already needs none."""
        problem, size = self.problem, self.problem.on[unit].sum()
        share = 1.0 - problem.on[unit, store] / size if size else 0.0
        return float(problem.needed[unit] * share)

    def _taken(self, unit: int, store: int) -> float:
        option = int(self.choice[unit])
        now = int(self.problem.options.store[option]) if option >= 0 else STAYS
        return self._arriving(unit, store) if now == store else 0.0

    def _apply(self, unit: int, option: int, sign: int) -> None:
        problem, options = self.problem, self.problem.options
        store, host, item = int(options.store[option]), int(options.host[option]), int(problem.item_of[unit])
        self.spent += sign * float(options.price[option])
        if store == STAYS:
            return
        self.presence.move(unit, option, sign)
        moved: Floats = -problem.on[unit]
        moved[store] += problem.on[unit].sum()
        self.used += sign * moved
        freed = problem.on[unit].copy()
        freed[store] = -self._arriving(unit, store)
        self.room += sign * freed
        if item >= 0:
            home = int(problem.hosts.start[item])
            target = host if sign > 0 else home
            if self.hosts.place[item] != target:
                self.hosts.move(item, target)
