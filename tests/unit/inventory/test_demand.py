"""Demand is a statistic of a window blended with the present; what was not measured is never zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.inventory.demand import blended, percentile
from recommender.policy import DemandPolicy, DemandStatistic

WINDOW = tuple(range(1, 101))


@pytest.mark.parametrize(
    ("statistic", "share", "demand"),
    [
        (DemandStatistic.PERCENTILE, 0.0, 95),
        (DemandStatistic.PERCENTILE, 0.5, 58),  # (20 + 95) / 2, rounded up
        (DemandStatistic.PERCENTILE, 1.0, 20),
        (DemandStatistic.MEAN, 0.0, 51),
        (DemandStatistic.PEAK, 0.0, 100),
        (DemandStatistic.NOW, 0.0, 20),
    ],
)
def test_the_policy_says_which_figure_stands_for_a_window(
    statistic: DemandStatistic, share: float, demand: int
) -> None:
    assert blended(20, WINDOW, DemandPolicy(statistic=statistic, now_share=share)) == demand


def test_without_a_window_it_is_the_present_and_without_both_unknown() -> None:
    assert blended(20, (), DemandPolicy()) == 20
    assert blended(None, (), DemandPolicy()) is None
    assert blended(None, WINDOW, DemandPolicy()) == 95


@given(st.lists(st.integers(0, 10_000), min_size=1), st.floats(0.1, 100))
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(samples: list[int], percent: float) -> None:
    found = percentile(samples, percent)
    assert found in samples
    assert 100 * sum(sample <= found for sample in samples) >= percent * len(samples) - 1e-6
    assert 100 * sum(sample < found for sample in samples) < percent * len(samples) + 1e-6
