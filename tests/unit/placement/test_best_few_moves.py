"""The best few moves are held against every placement with so few moves."""

from itertools import product

import numpy as np
import pytest

from recommender.objectives.hot_host import HALF
from recommender.placement.engine.descent import repair
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.search import search
from recommender.placement.engine.seeded_numbers import uniform
from recommender.placement.engine.state import SearchState
from recommender.placement.few.best import SLACK, best_few_moves, continued
from recommender.placement.few.bound import bound_of_few_moves
from recommender.placement.few.search import FewMoves, spent_moves
from recommender.placement.problem import Problem
from recommender.placement.request import PlacementRequest, SolveLimits
from recommender.policy import Policy
from tests.inventories import make_vm
from tests.unit.placement.problems import problem_of
from tests.unit.placement.questions import request, small_host
from tests.unit.placement.skewed_cluster import skewed_cluster

HOSTS, VMS = 3, 6
SEEDS = range(5)


def crowded(seed: int) -> Problem:
    """Six VMs, most of them on the first of three hosts."""
    busy, size, where = uniform(3 * VMS, seed).reshape(3, VMS)
    vms = [
        make_vm(f"vm-{n}", f"h{int(HOSTS * where[n] ** 3)}", cpu=int(500 + 2200 * busy[n]), memory=int(1300 * size[n]))
        for n in range(VMS)
    ]
    policy = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, migration_threshold=5)
    return problem_of(request([small_host(f"h{n}") for n in range(HOSTS)], vms, policy=policy))


def with_few_moves(problem: Problem, moves: int) -> list[SearchState]:
    """Every legal placement."""
    places = (np.array(place, dtype=np.int64) for place in product(range(HOSTS), repeat=VMS))
    states = (SearchState(problem, place) for place in places if (place != problem.start).sum() <= moves)
    return [state for state in states if state.is_legal()]


def highest(state: SearchState) -> float:
    return float(state.load[0].max()) / 10_000


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("moves", [1, 2, 3])
def test_no_so_few_moves_bring_the_highest_use_clearly_lower_nor_below_what_is_proven(seed: int, moves: int) -> None:
    problem = crowded(seed)
    start = SearchState(problem)
    if not start.is_legal():
        pytest.fail("a seed whose start breaks rules shows nothing here")
    goal = search(problem, SolveLimits(rounds=1, whole_choices=0), seed, SearchRun()).state
    few, every = best_few_moves(start, goal, moves, seed), with_few_moves(problem, moves)
    lowest = min(map(highest, every))
    assert spent_moves(few.state) <= moves
    assert few.state.is_legal()
    assert highest(few.state) <= max(HALF, highest(goal), SLACK * lowest) + 0.001
    if few.least_use is not None:
        assert few.least_use <= max(lowest, HALF, highest(goal)) + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("moves", [0, 1, 2])
def test_no_so_few_moves_cost_less_than_is_proven(seed: int, moves: int) -> None:
    problem = crowded(seed)
    cheapest = min(state.cost() for state in with_few_moves(problem, moves))
    start = problem.host_cost.marginal(SearchState(problem).load, 0.02)
    bound = bound_of_few_moves(problem, moves, cheapest, [start])
    assert bound <= cheapest + 1e-6
    assert bound > 0.5 * cheapest


@pytest.mark.parametrize("seed", SEEDS)
def test_one_move_by_the_objective_is_the_best_one(seed: int) -> None:
    problem = crowded(seed)
    state = SearchState(problem)
    FewMoves(state, problem.host_cost, 1).search(SearchRun())
    assert state.cost() == pytest.approx(min(other.cost() for other in with_few_moves(problem, 1)))


def test_moves_are_continued_without_a_worse_point() -> None:
    problem = problem_of(PlacementRequest(inventory=skewed_cluster(), policy=Policy(migration_threshold=5)))
    state = SearchState(problem)
    repair(state)
    before, made = state.cost(), np.flatnonzero(state.place != problem.start)
    longer = continued(state, len(made) + 3)
    assert longer.cost() < before
    assert (longer.place[made] == state.place[made]).all()
    assert np.count_nonzero(longer.place != problem.start) == len(made) + 3
    assert longer.load[0].max() <= state.load[0].max()
    assert longer.is_legal()
    assert continued(state, len(made)).place.tolist() == state.place.tolist()
