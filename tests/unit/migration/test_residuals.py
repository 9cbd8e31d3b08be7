"""A learner beside similar migrations counts only where history that was held back says that it should."""

import numpy as np
import numpy.typing as npt
import pytest

from recommender.migration.calibration import MigrationCase
from recommender.migration.calibrator import Calibrator
from recommender.migration.residuals import FEWEST
from recommender.service.boosted_residuals import boosted_residuals
from tests.unit.migration.test_calibrator import case

FloatArray = npt.NDArray[np.float64]


class Says:
    """A learner that says one ratio of everything."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.fitted: list[int] = []

    def made(self, number_columns: int, code_columns: int) -> "Says":
        assert (number_columns, code_columns) == (5, 4)
        return self

    def fit(self, rows: FloatArray, log_ratios: FloatArray) -> None:
        assert not np.isnan(rows[:, :5]).any()
        self.fitted.append(len(log_ratios))

    def predict(self, rows: FloatArray) -> FloatArray:
        return np.full(len(rows), np.log(self.ratio))


def strangers(times: int) -> list[MigrationCase]:
    """Migrations that are not alike: sizes over four powers of ten, dirty rates of all kinds, none quiet."""
    draw = np.random.default_rng(1)
    sizes, rates = np.exp(draw.uniform(np.log(200), np.log(2e6), times)), draw.uniform(150, 700, times)
    return [
        case(f"u{number}", memory=float(size), dirty=float(rate), group="", host_pair="")
        for number, (size, rate) in enumerate(zip(sizes, rates, strict=True))
    ]


def factor_after(learner: Says, times: int) -> float:
    """What all of them took was twice what the model says."""
    calibrator = Calibrator(learner=learner.made)
    *known, last = strangers(times + 1)
    for one in known:
        calibrator.learn(one, 2.0 * one.physical_s)
    return calibrator.predict(last).seconds / last.physical_s


def test_too_little_history_fits_nothing() -> None:
    learner = Says(2.0)
    factor_after(learner, FEWEST - 1)
    assert learner.fitted == []


def test_a_learner_that_loses_is_not_used() -> None:
    learner, other = Says(30.0), Says(0.01)
    assert factor_after(learner, FEWEST + 5) == factor_after(other, FEWEST + 5)
    assert learner.fitted == [0.8 * FEWEST]


def test_a_learner_that_wins_counts_half() -> None:
    without = factor_after(Says(30.0), FEWEST + 5)
    learner = Says(2.0)
    assert without < 1.9
    assert factor_after(learner, FEWEST + 5) == pytest.approx((2.0 * without) ** 0.5)
    assert learner.fitted == [0.8 * FEWEST, FEWEST]


def test_gradient_boosting_finds_what_neighbours_do_not() -> None:
    make = boosted_residuals()
    assert make is not None
    with_it, without = Calibrator(learner=make), Calibrator()
    *known, last = strangers(FEWEST + 20)
    for one in known:
        for calibrator in (with_it, without):
            calibrator.learn(one, 2.0 * one.physical_s)
    taught = with_it.predict(last)
    assert abs(taught.seconds / last.physical_s - 2) < abs(without.predict(last).seconds / last.physical_s - 2)
    assert "counts half" in taught.why
    assert with_it.explain(last).learner.residuals is not None
