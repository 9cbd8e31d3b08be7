"""The CP-SAT model of a few hosts and the items to be placed on them, everything else standing still.

Convex costs are told by tangents from below, so that the model's bound is a bound of the true cost too; whoever uses
its answer computes the true cost again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.model_rules import Choices, HostRules
from recommender.placement.problem import Floats
from recommender.placement.search_state import SearchState
from recommender.placement.tangents import tangents

COST_SCALE = 1000  # objective units are told to the solver as whole thousandths
SLOPE_SCALE = 1 << 16
MOST_COST = 1 << 40  # times SLOPE_SCALE it still fits 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """``places[n]`` is the host of the n-th item, ``None`` if no placement was found; ``bound`` in objective units.

    ``is_infeasible``: proven, there is none.
    """

    places: tuple[int, ...] | None
    bound: float
    is_infeasible: bool


def solve_model(  # the question and the limits of the search
    state: SearchState,
    items: Sequence[int],
    hosts: Sequence[int],
    *,
    deterministic_s: float,
    seed: int,
    any_legal: bool = False,
) -> ModelAnswer:
    """The cheapest legal placement of ``items`` on ``hosts``, in deterministic time; the present one is its hint.

    ``bound`` counts the cost of these hosts and items only. With ``any_legal`` costs do not matter.
    """
    model = cp_model.CpModel()
    rules = HostRules(model, state, items, hosts)
    choice = rules.choices()
    rules.keep_limits(choice)
    rules.keep_apart(choice)
    if not any_legal:
        _minimise_cost(model, state, items, hosts, choice)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = deterministic_s
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        chosen = {row: host for (row, host), literal in choice.items() if solver.boolean_value(literal)}
        places = tuple(chosen[row] for row in range(len(items)))
        # Half a thousandth for each rounded pair price, so that rounding never makes the proof too good.
        bound = -np.inf if any_legal else solver.best_objective_bound / COST_SCALE - len(items) / COST_SCALE / 2
        return ModelAnswer(places=places, bound=bound, is_infeasible=False)
    if status == cp_model.MODEL_INVALID:
        raise ArithmeticError(f"CP-SAT does not take the model: {model.validate()}")
    return ModelAnswer(places=None, bound=-np.inf, is_infeasible=status == cp_model.INFEASIBLE)


def _minimise_cost(
    model: cp_model.CpModel, state: SearchState, items: Sequence[int], hosts: Sequence[int], choice: Choices
) -> None:
    load_of_others, _ = state.without(items)
    costs = [
        _use_cost(model, state, items, host, choice, resource, load_of_others)
        for host in hosts
        for resource in range(len(load_of_others))
    ]
    pairs = [
        (round(COST_SCALE * state.problem.pair_cost[items[row], host]), literal)
        for (row, host), literal in choice.items()
    ]
    model.minimize(sum(costs) + sum(price * literal for price, literal in pairs))


def _use_cost(
    model: cp_model.CpModel,
    state: SearchState,
    items: Sequence[int],
    host: int,
    choice: Choices,
    resource: int,
    load_of_others: Floats,
) -> cp_model.IntVar:
    problem = state.problem
    demand = [int(problem.demand[resource, item]) for item in items]
    rest = float(load_of_others[resource, host])
    coming = [(demand[row], choice[row, host]) for row in range(len(items)) if (row, host) in choice and demand[row]]
    cost = model.new_int_var(0, MOST_COST, f"cost{resource}@{host}")
    curve = problem.host_cost.curve(resource, host)
    for slope, base in tangents(curve, rest, rest + sum(amount for amount, _ in coming)):
        # Cut off downwards, so that a tangent stays below the curve.
        whole_slope = floor(slope * COST_SCALE * SLOPE_SCALE)
        whole_base = floor((base + slope * rest) * COST_SCALE * SLOPE_SCALE)
        line = sum(whole_slope * amount * literal for amount, literal in coming) + whole_base
        model.add(SLOPE_SCALE * cost >= line)
    return cost
