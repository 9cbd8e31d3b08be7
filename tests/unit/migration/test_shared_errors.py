"""What migrations of one night have in common of their errors."""

import numpy as np
import pytest

from recommender.migration.calibration import Calibration, FinishedMigration
from recommender.migration.shared_errors import USUAL, shared_share
from tests.unit.migration.test_calibrator import case


def history(errors: np.ndarray[tuple[int], np.dtype[np.float64]], path: str = "a > a") -> Calibration:
    one = case(site_path=path)
    return Calibration(
        finished=tuple(
            FinishedMigration(case=one, calibrated_s=10.0, given_s=10.0, actual_s=10.0 * float(np.exp(error)))
            for error in errors
        )
    )


def nights(share: float, seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """30 nights of ten migrations, whose errors have ``share`` of their variance in common."""
    draw = np.random.default_rng(seed)
    shared = np.repeat(draw.normal(0, share**0.5, 30), 10)
    return np.asarray(0.2 * (shared + draw.normal(0, (1 - share) ** 0.5, 300)))


@pytest.mark.parametrize("share", [0.0, 0.4, 0.8])
def test_it_is_found_again(share: float) -> None:
    """Of ten neighbours nine are of one night: 0.9 of the share is seen, and 20 of 320 parts are *usual*."""
    expected = (299 * 0.9 * share + 20 * USUAL) / 319
    assert shared_share(history(nights(share)), "a > a") == pytest.approx(expected, abs=0.12)


def test_without_history_or_on_another_path_it_is_the_usual_half() -> None:
    assert shared_share(Calibration(), "a > a") == USUAL
    assert shared_share(history(nights(0.9)), "a > b") == USUAL


def test_one_that_hung_says_nothing_of_the_others() -> None:
    errors = nights(0.4)
    before = shared_share(history(errors), "a > a")
    errors[100] = 5.0
    assert shared_share(history(errors), "a > a") == pytest.approx(before, abs=0.05)
