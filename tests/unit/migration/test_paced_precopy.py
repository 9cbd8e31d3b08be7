"""The engine that looks at its dirty pages as soon as the rest fits the goal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.migration.dirty_rate import PageClass
from recommender.migration.paced_precopy import paced_precopy

SIZES = st.floats(min_value=1, max_value=1e5)
RATES = st.floats(min_value=10, max_value=1e4)


def test_an_idle_guest_is_sent_once_and_stopped_when_the_rest_fits() -> None:
    """1,000 MiB, capped to 100: 10 MiB every tenth of a second until 50 are left at 9.5 s, which go at 400 MiB/s."""
    copy = paced_precopy(1_000, (), speed_mib_s=400, cap_mib_s=100, switchover_goal_s=0.5)
    assert (copy.passes, copy.converges) == (1, True)
    assert copy.seconds == pytest.approx(9.5 + 0.125)
    assert copy.downtime_s == pytest.approx(0.125)


def test_a_working_set_larger_than_the_goal_that_is_always_dirty_never_fits() -> None:
    restless = (PageClass(200, 1e6),)
    copy = paced_precopy(1_000, restless, speed_mib_s=100, switchover_goal_s=0.5)
    assert not copy.converges
    assert copy.passes > 100


def test_pages_that_wait_to_be_sent_are_not_counted_twice() -> None:
    """The 50 MiB that are always dirty all wait at the second look, so that the rest fits at once."""
    copy = paced_precopy(1_000, (PageClass(50, 1e6),), speed_mib_s=100, switchover_goal_s=0.6)
    assert copy.converges
    assert copy.seconds == pytest.approx(10.5, abs=0.1)


@given(SIZES, st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=0.5), RATES)
def test_it_takes_at_least_the_memory_and_stands_still_within_the_goal(
    memory: float, share: float, ratio: float, speed: float
) -> None:
    copy = paced_precopy(memory, (PageClass(memory * share, ratio * speed),), speed_mib_s=speed, switchover_goal_s=0.5)
    assert copy.converges
    assert copy.seconds >= memory / speed * (1 - 1e-9)
    assert copy.downtime_s <= 0.5 * (1 + 1e-9)
