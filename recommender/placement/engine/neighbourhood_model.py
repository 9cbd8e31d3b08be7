"""The CP-SAT model of some items and the hosts they may be placed on, everything else standing still.

Convex costs are told by tangents from below, so that the model's bound is a bound of the true cost too; whoever uses
its answer computes the true cost again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.engine.deterministic_solver import solver_of_linear_models
from recommender.placement.engine.model_rules import Choices, HostRules
from recommender.placement.engine.state import SearchState
from recommender.placement.engine.tangents import tangents
from recommender.placement.problem import Bools, Floats

LARGEST = 1 << 61  # of any number that CP-SAT computes with
MOST_COST = 1 << 40  # times any slope scale it still fits 64 bits


@dataclass(frozen=True, slots=True)
class Precision:
    """The solver knows whole numbers: ``cost`` of them are an objective unit, ``slope`` times that a slope of 1."""

    cost: int
    slope: int


QUICK: Final = Precision(cost=1000, slope=1 << 16)
EXACT: Final = Precision(cost=1_000_000, slope=1 << 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """``places[n]`` is the host of the n-th item, ``None`` if no placement was found; ``bound`` in objective units.

    ``is_infeasible``: proven, there is none. ``is_best``: proven, for this model. ``spent_s``: deterministic time.
    """

    places: tuple[int, ...] | None
    bound: float
    is_infeasible: bool
    is_best: bool
    spent_s: float


def solve_model(  # the question and the limits of the search
    state: SearchState,
    items: Sequence[int],
    hosts: Sequence[int],
    *,
    deterministic_s: float,
    seed: int,
    any_legal: bool = False,
    precision: Precision = QUICK,
    touching: Sequence[Floats] = (),
    open_pairs: Bools | None = None,
) -> ModelAnswer:
    """The cheapest legal placement of ``items`` on ``hosts``, in deterministic time; the present one is its hint.

    ``bound`` counts the cost of these hosts and items only. With ``any_legal`` costs do not matter. At the loads
    ``touching``, each ``[resources, hosts]``, the model's cost is exact. ``open_pairs``, ``[items, all hosts]``, offers
    fewer pairs than the items' masks.
    """
    model = cp_model.CpModel()
    rules = HostRules(model, state, items, hosts, open_pairs)
    choice = rules.choices()
    rules.keep_limits(choice)
    rules.keep_apart(choice)
    if not any_legal:
        _Costs(model, state, items, hosts, choice, precision, touching).minimise()
    solver = solver_of_linear_models(deterministic_s, seed)
    status = solver.solve(model)
    spent_s = solver.response_proto.deterministic_time
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        chosen = {row: host for (row, host), literal in choice.items() if solver.boolean_value(literal)}
        places = tuple(chosen[row] for row in range(len(items)))
        # A half for each rounded pair price, so that rounding never makes the proof too good.
        bound = -np.inf if any_legal else (solver.best_objective_bound - len(items) / 2) / precision.cost
        is_best = status == cp_model.OPTIMAL
        return ModelAnswer(places=places, bound=bound, is_infeasible=False, is_best=is_best, spent_s=spent_s)
    if status == cp_model.MODEL_INVALID:
        raise ArithmeticError(f"CP-SAT does not take the model: {model.validate()}")
    is_infeasible = status == cp_model.INFEASIBLE
    return ModelAnswer(places=None, bound=-np.inf, is_infeasible=is_infeasible, is_best=False, spent_s=spent_s)


@dataclass(frozen=True, slots=True)
class _Costs:
    model: cp_model.CpModel
    state: SearchState
    items: Sequence[int]
    hosts: Sequence[int]
    choice: Choices
    precision: Precision
    touching: Sequence[Floats]

    def minimise(self) -> None:
        """What the hosts' use and the pairs cost together."""
        load_of_others, _ = self.state.without(self.items)
        pair_cost = self.state.problem.pair_cost
        uses = [
            self._use_cost(host, resource, float(load_of_others[resource, host]))
            for host in self.hosts
            for resource in range(len(load_of_others))
        ]
        pairs = [
            (round(self.precision.cost * pair_cost[self.items[row], host]), literal)
            for (row, host), literal in self.choice.items()
        ]
        self.model.minimize(sum(uses) + sum(price * literal for price, literal in pairs))

    def _use_cost(self, host: int, resource: int, rest: float) -> cp_model.IntVar:
        demand = [int(self.state.problem.demand[resource, item]) for item in self.items]
        coming = [
            (demand[row], self.choice[row, host])
            for row in range(len(self.items))
            if (row, host) in self.choice and demand[row]
        ]
        cost = self.model.new_int_var(0, MOST_COST, f"cost{resource}@{host}")
        curve = self.state.problem.host_cost.curve(resource, host)
        scale = self.precision.cost * self.precision.slope
        touched = [float(load[resource, host]) for load in self.touching]
        for slope, base in tangents(curve, rest, rest + sum(amount for amount, _ in coming), touched):
            # Cut off downwards, so that a tangent stays below the curve.
            whole_slope, whole_base = floor(slope * scale), floor((base + slope * rest) * scale)
            if abs(whole_base) + abs(whole_slope) * sum(amount for amount, _ in coming) >= LARGEST:
                continue  # a tangent less makes the cost no higher: what is proven stays true
            line = sum(whole_slope * amount * literal for amount, literal in coming) + whole_base
            self.model.add(self.precision.slope * cost >= line)
        return cost
