"""Which few items leave hot hosts, told to CP-SAT: the lowest highest CPU use that so many moves can reach.

Where they go is left open. So the use that is reached is a lower limit of what any so many moves reach, and who leaves
is a good start for a search that finds each a place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.engine.deterministic_solver import solver_of_linear_models
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Floats, HostCost, Ints, Kink

CPU: Final = 0  # the row of loads
STEPS: Final = 10_000  # levels of use between 0 and 1
COST_SCALE: Final = 1000  # the solver knows whole numbers
UNITS: Final = 16  # MHz or MiB

_Leaves = Mapping[int, cp_model.IntVar]  # by item


@dataclass(frozen=True, slots=True)
class LowestUse:
    """``level``: the lowest highest CPU use found of hosts that items leave; ``least``: proven, none is below."""

    level: float
    least: float


@dataclass(frozen=True, kw_only=True)
class FewLeavers:
    """Asks which of ``items`` leave so that at most ``most`` VMs move.

    ``capacity``: of each host's CPU, in the unit of loads. Everything else stays as it is in ``state``.
    """

    state: SearchState
    items: Ints
    capacity: Floats
    most: int
    deterministic_s: float
    seed: int

    def lowest_use(self, bottom: float) -> LowestUse:
        """The lowest that the highest CPU use can be; below ``bottom`` nobody asks."""
        model, leaves = self._model()
        load = self.state.load[CPU]
        uses = load / np.where(self.capacity > 0, self.capacity, np.inf)
        level = model.new_int_var(floor(STEPS * bottom), max(ceil(STEPS * max(uses.max(), bottom)), 1), "level")
        self._keep_below(model, leaves, level)
        model.minimize(level)
        solver, status = self._solved(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return LowestUse(level=float(uses.max()), least=bottom)
        return LowestUse(level=solver.value(level) / STEPS, least=(solver.best_objective_bound - 1) / STEPS)

    def cheapest(self, level: float, cost: HostCost, coming: Floats) -> tuple[int, ...]:
        """Who leaves so that no host is above the ``level`` and all costs least; ``coming``: what each costs elsewhere.

        What kinks cost is told exactly, the curved rest as if each left alone.
        """
        model, leaves = self._model()
        self._keep_below(model, leaves, ceil(STEPS * level))
        state, problem = self.state, self.state.problem
        here, demand = state.place[self.items], problem.demand[:, self.items]
        load, quadratic = state.load[:, here], cost.quadratic[:, here]
        saved = (quadratic * (load**2 - (load - demand) ** 2)).sum(axis=0) + problem.pair_cost[self.items, here]
        prices = [round(COST_SCALE * float(price)) for price in coming - saved]
        above = [
            price * self._above(model, leaves, kink, place)
            for kink in cost.kinks
            for place, price in self._kinked(kink)
        ]
        model.minimize(
            sum(above) + sum(price * leaves[int(item)] for item, price in zip(self.items, prices, strict=True))
        )
        solver, status = self._solved(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return ()
        return tuple(item for item, leaving in leaves.items() if solver.boolean_value(leaving))

    def _kinked(self, kink: Kink) -> list[tuple[tuple[int, int], int]]:
        """(resource, host) of loads above the kink's line from which items leave, and the price of a unit."""
        over = (self.state.load > kink.line) & (kink.slope > 0)
        over &= np.isin(np.arange(over.shape[1]), self.state.place[self.items])
        return [
            ((int(resource), int(host)), round(COST_SCALE * UNITS * float(kink.slope[resource, host])))
            for resource, host in zip(*np.nonzero(over), strict=True)
        ]

    def _above(self, model: cp_model.CpModel, leaves: _Leaves, kink: Kink, place: tuple[int, int]) -> cp_model.IntVar:
        """The load above the line there, in ``UNITS`` of it."""
        resource, host = place
        demand, excess = self.state.problem.demand[resource], float(self.state.load[place] - kink.line[place])
        above = model.new_int_var(0, ceil(excess / UNITS), f"{resource}@{host}")
        gone = sum(int(demand[item]) * leaves[item] for item in self._by_host[host])
        model.add(UNITS * above >= floor(excess) - gone)
        return above

    def _model(self) -> tuple[cp_model.CpModel, _Leaves]:
        model = cp_model.CpModel()
        leaves = {int(item): model.new_bool_var(f"{item}") for item in self.items}
        members = self.state.problem.members
        model.add(sum(len(members[item]) * leaving for item, leaving in leaves.items()) <= self.most)
        return model, leaves

    def _keep_below(self, model: cp_model.CpModel, leaves: _Leaves, level: cp_model.IntVar | int) -> None:
        demand = self.state.problem.demand[CPU]
        for host, mine in self._by_host.items():
            if self.capacity[host] <= 0:
                continue
            gone = sum(int(demand[item]) * leaves[item] for item in mine)
            model.add(STEPS * (int(self.state.load[CPU, host]) - gone) <= int(self.capacity[host]) * level)

    @cached_property
    def _by_host(self) -> dict[int, Sequence[int]]:
        place = self.state.place[self.items]
        return {int(host): [int(item) for item in self.items[place == host]] for host in np.unique(place)}

    def _solved(self, model: cp_model.CpModel) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
        solver = solver_of_linear_models(self.deterministic_s, self.seed)
        return solver, solver.solve(model)
