"""The promising options of many units to CP-SAT at once: 20 of each by price, what is chosen now as the hint."""

from math import floor

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.disks.bound import DiskBound
from recommender.placement.disks.model_space import COST_SCALE, DatastoreSpaceModel
from recommender.placement.disks.problem import STAYS, DiskProblem
from recommender.placement.disks.separation import BROKEN, keep_disks_apart
from recommender.placement.disks.state import DiskState
from recommender.placement.engine.deterministic_solver import solver_of_linear_models
from recommender.placement.request import SolveLimits

MOST_UNITS = 400
OPTIONS_EACH = 20
DEAR = 1_000_000  # objective units of a unit that has to leave and does not


def improve_by_model(state: DiskState, bound: DiskBound, limits: SolveLimits, seed: int) -> bool:
    """Take CP-SAT's answer if it is better; true if it proves, of all options, that not everything can leave."""
    problem = state.problem
    offered = _offered(state, bound)
    if not offered:
        return False
    model = cp_model.CpModel()
    choice = _choices(model, state, offered)
    space = DatastoreSpaceModel(model, state, choice)
    space.keep_room()
    _keep_hosts(model, state, choice)
    too_many = list(keep_disks_apart(model, problem, choice, state.choice))
    prices = sum(_prices(state, choice)) + sum(space.costs())
    model.minimize(prices + COST_SCALE * BROKEN * sum(too_many))
    solver = solver_of_linear_models(limits.whole_deterministic_s, seed)
    status = solver.solve(model)
    if status == cp_model.MODEL_INVALID:
        raise ArithmeticError(f"CP-SAT does not take the model: {model.validate()}")
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return False
    chosen = {
        problem.options.unit[option]: option for option, literal in choice.items() if solver.boolean_value(literal)
    }
    _accept(state, {int(unit): int(option) for unit, option in chosen.items()}, list(offered))
    # Where VMs change their hosts as well, the model does not know the room that they leave there.
    changes_hosts = any(_changes_host(problem, option) for option in choice)
    is_whole = len(choice) == len(problem.options.unit) and not changes_hosts
    return bool(status == cp_model.OPTIMAL and is_whole and state.undecided())


def _changes_host(problem: DiskProblem, option: int) -> bool:
    item = int(problem.item_of[problem.options.unit[option]])
    is_copied = problem.options.store[option] != STAYS
    return bool(item >= 0 and is_copied and problem.options.host[option] != problem.hosts.start[item])


def _offered(state: DiskState, bound: DiskBound) -> dict[int, list[int]]:
    """Options by unit: of the units that are undecided, move, or almost pay, the cheapest at the bound's prices."""
    problem, options = state.problem, state.problem.options
    nearness = np.full(len(problem.units), np.inf)
    for unit in range(len(problem.units)):
        here = np.arange(options.first[unit], options.first[unit + 1])
        others = here[here != state.choice[unit]]
        now = state.choice[unit]
        if now < 0 or options.store[now] != STAYS:
            nearness[unit] = -1.0
        elif len(others):
            nearness[unit] = float(bound.reduced[others].min())
    units = [int(unit) for unit in np.argsort(nearness, kind="stable")[:MOST_UNITS] if nearness[unit] < np.inf]
    offered = {}
    for unit in units:
        here = np.arange(options.first[unit], options.first[unit + 1])
        cheapest = here[np.argsort(bound.reduced[here], kind="stable")[:OPTIONS_EACH]]
        kept = {int(option) for option in cheapest}
        if options.store[here[0]] == STAYS:
            kept.add(int(here[0]))
        if state.choice[unit] >= 0:
            kept.add(int(state.choice[unit]))
        offered[unit] = sorted(kept)
    return offered


def _choices(model: cp_model.CpModel, state: DiskState, offered: dict[int, list[int]]) -> dict[int, cp_model.IntVar]:
    choice: dict[int, cp_model.IntVar] = {}
    for unit, here in offered.items():
        for option in here:
            choice[option] = model.new_bool_var(f"{option}")
            model.add_hint(choice[option], bool(state.choice[unit] == option))
        literals = [choice[option] for option in here]
        if state.problem.units[unit].must_leave:
            model.add_at_most_one(literals)  # what stays behind is dear, so that the rest still finds its place
        else:
            model.add_exactly_one(literals)
    return choice


def _keep_hosts(model: cp_model.CpModel, state: DiskState, choice: dict[int, cp_model.IntVar]) -> None:
    """VMs that change their host fit there, and nobody is there from whom they are to be apart."""
    problem, options, hosts = state.problem, state.problem.options, state.problem.hosts
    coming: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
    offered = {int(options.unit[option]) for option in choice}
    for option, literal in choice.items():
        item, host = int(problem.item_of[options.unit[option]]), int(options.host[option])
        if item >= 0 and options.store[option] != STAYS and host != hosts.start[item]:
            coming.setdefault(host, []).append((item, literal))
    still = {int(problem.item_of[unit]) for unit in offered}
    for host, arrivals in coming.items():
        there = [int(item) for item in np.flatnonzero(state.hosts.place == host)]
        moving_here = [item for item in there if item in still and hosts.start[item] != host]
        for capacity in range(len(hosts.limit)):
            used = state.hosts.used[capacity, host] - sum(hosts.need[capacity, item] for item in moving_here)
            asked = [(int(hosts.need[capacity, item]), literal) for item, literal in arrivals]
            room = floor(hosts.limit[capacity, host] - used + 1e-6)
            if any(amount for amount, _ in asked):
                model.add(sum(amount * literal for amount, literal in asked) <= max(room, 0))
        for group in {group for item, _ in arrivals for group in state.hosts.groups_of.get(item, ())}:
            members = hosts.apart[group]
            staying = [item for item in members if item in there and item not in moving_here]
            literals = [literal for item, literal in arrivals if item in members]
            if staying:
                model.add(sum(literals) == 0)
            else:
                model.add_at_most_one(literals)


def _prices(state: DiskState, choice: dict[int, cp_model.IntVar]) -> list[cp_model.LinearExpr]:
    """What options cost by themselves; hosts by their marginal costs now: the true cost decides later."""
    problem, options = state.problem, state.problem.options
    prices = problem.hosts.host_cost.marginal(state.hosts.load)
    of_pairs = problem.hosts.pair_cost + problem.hosts.demand.T @ prices
    terms = []
    for option, literal in choice.items():
        unit, item = int(options.unit[option]), int(problem.item_of[options.unit[option]])
        price = float(options.price[option])
        if item >= 0 and options.store[option] != STAYS:
            price += of_pairs[item, options.host[option]] - of_pairs[item, problem.hosts.start[item]]
        if problem.units[unit].must_leave:
            price -= DEAR
        terms.append(round(COST_SCALE * price) * literal)
    return terms


def _accept(state: DiskState, chosen: dict[int, int], offered: list[int]) -> None:
    """Take the answer if more can leave by it, or as much at a lower true cost."""
    before, old = (len(state.undecided()), state.cost()), {unit: int(state.choice[unit]) for unit in offered}
    for unit in offered:
        state.take(unit, chosen.get(unit, -1))
    if (len(state.undecided()), state.cost() + 1e-6) >= before:
        for unit, option in old.items():
            state.take(unit, option)
