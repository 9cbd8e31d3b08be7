"""Descent by exchanges of two hosts at a time."""

from dataclasses import replace

import numpy as np

from recommender.objectives.load_balance import LoadBalance
from recommender.placement.engine.descent import descend
from recommender.placement.engine.exchange import exchange
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Problem
from tests.inventories import make_inventory, make_vm
from tests.unit.placement.problems import problem_of_costs
from tests.unit.placement.questions import small_host

BALANCE = LoadBalance(weight=1000.0)


def swapping_pays() -> Problem:
    """5,000 and 3,000 MHz against 3,500 and 2,500: no single move helps, 3,000 for 2,500 would, all evenly 7,000."""
    at_one = [make_vm("a", "h1", cpu=5000, memory=0), make_vm("b", "h1", cpu=3000, memory=0)]
    at_other = [make_vm("c", "h2", cpu=3500, memory=0), make_vm("d", "h2", cpu=2500, memory=0)]
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    problem = problem_of_costs(make_inventory(hosts, [*at_one, *at_other]), BALANCE)
    return replace(problem, masks=problem.masks & (np.arange(3) < 2))


def everything(problem: Problem) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.ones(problem.items, dtype=bool)


def test_swaps_where_no_single_move_helps() -> None:
    problem = swapping_pays()
    state = SearchState(problem)
    descend(state, SearchRun())
    assert state.place.tolist() == [0, 0, 1, 1]
    exchange(state, everything(problem), 1000, SearchRun())
    assert state.load[0].tolist() in ([7500.0, 6500.0, 0.0], [6500.0, 7500.0, 0.0])
    assert np.array_equal(state.load, SearchState(problem, state.place).load)


def test_keeps_limits() -> None:
    problem = swapping_pays()
    problem = replace(problem, need=problem.demand[:1], vm_need=problem.demand[:1], limit=np.array([[8000.0, 6000, 0]]))
    state = SearchState(problem)
    exchange(state, everything(problem), 1000, SearchRun())
    assert state.place.tolist() == [0, 0, 1, 1]  # whatever is evener is too much for the second host


def test_leaves_alone_what_it_was_not_given() -> None:
    problem = swapping_pays()
    state = SearchState(problem)
    exchange(state, np.array([True, False, False, True]), 1000, SearchRun())
    assert state.place[1] == 0
    assert state.place[2] == 1


def test_every_host_meets_every_other() -> None:
    # Only the last of five hosts has room and only one VM may go there: the round of that pair finds it.
    hosts = [small_host(f"h{number}") for number in range(5)]
    problem = problem_of_costs(make_inventory(hosts, [make_vm("a", "h0", cpu=4000, memory=0)]), BALANCE)
    for other in range(1, 5):
        open_one = replace(problem, pair_cost=np.where(np.isin(np.arange(5), (0, other)), 0.0, 1e6)[np.newaxis])
        cheaper = replace(open_one, fixed=np.array([[5000.0, 0, 0, 0, 0], [0.0] * 5]))
        state = SearchState(cheaper)
        exchange(state, everything(cheaper), 10_000, SearchRun())
        assert state.place.tolist() == [other]
