"""How a search is run: by any executor with the same answer, until it is stopped, and the same again after that."""

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from recommender.placement.answering import answer_again, answer_to
from recommender.placement.engine.improve import improve, neighbourhoods
from recommender.placement.engine.neighbourhood_model import ModelAnswer
from recommender.placement.engine.run import Progress, SearchRun, SerialExecutor, stop_after
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Problem
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_vm
from tests.unit.placement.problems import problem_of
from tests.unit.placement.questions import evacuation, request, small_host
from tests.unit.placement.skewed_cluster import skewed_cluster

LIMITS = SolveLimits(proposals_per_item=50, deterministic_s=0.01, good_enough=0.0, negligible=0.0)
QUESTION = PlacementRequest(
    inventory=skewed_cluster(), policy=Policy(migration_threshold=5), with_curve=True, limits=LIMITS
)


class Elsewhere(Executor):
    """Pickles what it is given and what comes of it, and does the last first, when the first is asked for."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._waiting: list[tuple[Future[Any], bytes]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = _Late(self._do_all)
        self._waiting.append((future, pickle.dumps((fn, args, kwargs))))
        return future

    def _do_all(self) -> None:
        while self._waiting:
            future, sent = self._waiting.pop()
            self.sent.append(sent)
            fn, args, kwargs = pickle.loads(sent)  # noqa: S301  # our own
            future.set_result(pickle.loads(pickle.dumps(fn(*args, **kwargs))))  # noqa: S301


class _Late(Future[Any]):
    def __init__(self, begin: Callable[[], None]) -> None:
        super().__init__()
        self._begin = begin

    def result(self, timeout: float | None = None) -> Any:
        self._begin()
        return super().result(timeout)


@cache
def whole_answer() -> PlacementResult:
    answer = solve(QUESTION)
    assert answer.moves
    assert not answer.is_stopped
    return answer


def test_every_executor_has_the_same_answer() -> None:
    elsewhere = Elsewhere()
    assert solve(QUESTION, SearchRun(executor=elsewhere)) == whole_answer()
    assert len(elsewhere.sent) >= 2 * LIMITS.at_once
    for workers in (1, 4):
        with ThreadPoolExecutor(workers) as pool:
            assert solve(QUESTION, SearchRun(executor=pool)) == whole_answer()


@pytest.mark.parametrize("share", [0.0, 0.03, 0.3, 0.7, 0.95])
def test_a_search_that_is_stopped_is_repeated_exactly(share: float) -> None:
    rounds = int(share * whole_answer().rounds)
    asked: list[bool] = []

    def stop() -> bool:  # as a clock would say it: not by counting
        asked.append(len(asked) == rounds)
        return asked[-1]

    stopped = solve(QUESTION, SearchRun(stop=stop))
    assert (stopped.rounds, stopped.is_stopped, len(asked)) == (rounds, True, rounds + 1)
    assert answer_again(QUESTION, stopped) == stopped
    with ThreadPoolExecutor(3) as pool:
        assert answer_to(QUESTION, SearchRun(executor=pool, stop=stop_after(rounds))) == stopped
    assert not stopped.remaining_violations
    assert whole_answer().objective.total <= stopped.objective.total <= stopped.starting_objective.total
    assert stopped.bound is not None
    assert stopped.bound <= whole_answer().objective.total


def test_what_was_not_stopped_is_not_stopped_again() -> None:
    assert answer_again(QUESTION, whole_answer()) == whole_answer()


def test_stopped_at_once_nothing_has_been_found() -> None:
    hot = [make_vm(name, "a", cpu=4000, memory=1) for name in ("one", "two")]
    question = request([small_host("a"), small_host("b")], hot)
    assert solve(question).moves
    stopped = solve(question, SearchRun(stop=lambda: True))
    assert (stopped.status, stopped.moves, stopped.rounds) == (SolveStatus.OUT_OF_TIME, (), 0)


def test_what_has_to_leave_leaves_however_early_the_search_is_stopped() -> None:
    hosts = [small_host("a"), small_host("b"), small_host("c")]
    question = evacuation(hosts, [make_vm("one", "a"), make_vm("two", "a"), make_vm("three", "b")], "a")
    stopped = solve(question, SearchRun(stop=lambda: True))
    assert (stopped.status, len(stopped.moves), stopped.is_stopped) == (SolveStatus.FEASIBLE, 2, True)


def test_the_best_few_moves_are_found_round_by_round_too() -> None:
    question = replace(QUESTION, policy=replace(QUESTION.policy, max_moves=8), with_curve=False)
    unlimited, limited = solve(replace(QUESTION, with_curve=False)), solve(question)
    assert limited.rounds > unlimited.rounds
    stopped = answer_to(question, SearchRun(stop=stop_after(unlimited.rounds)))
    assert (stopped.rounds, stopped.is_stopped, len(stopped.moves)) == (unlimited.rounds, True, 8)
    assert not stopped.remaining_violations
    assert limited.objective.total <= stopped.objective.total < stopped.starting_objective.total
    assert answer_again(question, stopped) == stopped


@pytest.mark.parametrize("rounds", [0, 1, 7, 40])
def test_consolidation_that_is_stopped_is_repeated_exactly(rounds: int) -> None:
    question = replace(QUESTION, goal=Goal.CONSOLIDATE, with_curve=False)
    stopped = answer_to(question, SearchRun(stop=stop_after(rounds)))
    assert stopped.is_stopped
    assert not stopped.remaining_violations
    assert answer_again(question, stopped) == stopped


def test_each_round_is_told_with_what_is_proven() -> None:
    told: list[Progress] = []
    answer = solve(QUESTION, SearchRun(tell=told.append))
    assert [one.rounds for one in told] == list(range(1, answer.rounds + 1))
    assert told[0].bound is None
    assert told[0].gap is None
    assert told[-1].bound is not None
    assert all(one.gap is None or 0 <= one.gap < 1 for one in told)
    assert min(one.objective for one in told) < told[0].objective


def test_what_a_part_raises_comes_out() -> None:
    def fails() -> None:
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        SearchRun(executor=SerialExecutor()).solved(fails, [()])


def test_neighbourhoods_of_one_round_are_about_different_items() -> None:
    reduced = np.array([[0.0, 1.0, 6.0], [2.0, 0.0, 5.0], [0.0, np.inf, 3.0], [0.0, 4.0, np.inf]])
    place = np.array([0, 1, 0, -1])
    first, second = neighbourhoods(reduced, place, pairs=2, most=2)
    assert (first.items, second.items) == ((0, 1), (2,))
    assert first.open_pairs.tolist() == [[True, True, False], [True, True, True]]
    assert (second.open_pairs.tolist(), second.hosts) == ([[True, False, True]], [0, 2])
    assert list(neighbourhoods(reduced[3:], place[3:], pairs=2, most=2)) == []


def test_of_answers_that_do_not_fit_together_the_first_counts() -> None:
    """Each of the two VMs is told to go to the empty host, which has room for one of them."""
    problem = two_for_one_place()
    state = SearchState(problem)
    improve(state, np.zeros_like(problem.fixed), replace(LIMITS, rounds=1, pairs=1), 0, SearchRun(executor=AllToLast()))
    assert state.place.tolist() == [2, 1, 0, 1]
    assert state.is_legal()


class AllToLast(Executor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ARG002
        future: Future[Any] = Future()
        future.set_result(ModelAnswer(places=(2,), bound=0.0, is_infeasible=False, is_best=False, spent_s=0.0))
        return future


def two_for_one_place() -> Problem:
    """Two hot hosts and an empty one with little memory; the third and the fourth VM stay where they are."""
    hosts = [small_host("a"), small_host("b"), small_host("c", memory=5_000)]
    vms = [
        make_vm("one", "a", cpu=4500, memory=4_000),
        make_vm("two", "b", cpu=4500, memory=4_000),
        make_vm("three", "a", cpu=5000, memory=1),
        make_vm("four", "b", cpu=5000, memory=1),
    ]
    problem = problem_of(request(hosts, vms))
    masks = np.array([[True, False, True], [False, True, True], [True, False, False], [False, True, False]])
    return replace(problem, class_of=np.arange(4), masks=masks)
