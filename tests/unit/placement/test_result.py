"""How far from the best an answer is."""

import pytest

from recommender.placement.result import Objective, PlacementResult, SolveStatus


def answer(start: float, end: float, bound: float | None) -> PlacementResult:
    return PlacementResult(
        status=SolveStatus.FEASIBLE,
        starting_objective=Objective(terms=(("one", start - 10.0), ("other", 10.0))),
        objective=Objective(terms=(("one", end),)),
        bound=bound,
        moves=(),
    )


def test_gap_is_a_share_of_the_objective_and_gain_gap_of_the_possible_gain() -> None:
    result = answer(200.0, 110.0, 100.0)
    assert result.gap == pytest.approx(10 / 110)
    assert result.gain_gap == pytest.approx(10 / 100)


def test_without_a_bound_neither_is_known() -> None:
    result = answer(200.0, 110.0, None)
    assert (result.gap, result.gain_gap) == (None, None)


@pytest.mark.parametrize(("start", "end", "bound"), [(20.0, 0.0, 0.0), (10.0, 10.0, 10.0)])
def test_an_answer_that_cannot_be_better_has_no_gap(start: float, end: float, bound: float) -> None:
    result = answer(start, end, bound)
    assert (result.gap, result.gain_gap) == (0.0, 0.0)
