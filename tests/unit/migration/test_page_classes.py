"""Hot and cold pages, and sweeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.migration.dirty_rate import PageClass, hot_and_cold, slowed
from recommender.migration.precopy import precopy, precopy_of_classes


def test_a_sweep_writes_every_page_once_before_it_comes_round() -> None:
    sweep = PageClass(working_set_mib=100, dirty_mib_s=30, is_sweep=True)
    assert [sweep.changed_mib(seconds) for seconds in (0.0, 1.0, 3.0, 4.0)] == [0, 30, 90, 100]


def test_hot_pages_share_out_the_writes() -> None:
    hot, cold = hot_and_cold(1_000, 200, hot_share=0.2, hot_writes=0.8)
    assert list(hot) == pytest.approx([200, 160, 0])
    assert list(cold) == pytest.approx([800, 40, 0])


def test_slowing_leaves_hot_pages_hot() -> None:
    """400 MiB/s of writes may be 0.7 · 100: every class keeps 0.175 of its rate."""
    hot, cold = slowed([PageClass(10, 300), PageClass(90, 100)], bandwidth_mib_s=100, max_slowdown=0.7)
    assert [hot.dirty_mib_s, cold.dirty_mib_s] == pytest.approx([52.5, 17.5])
    assert slowed([PageClass(10, 300)], bandwidth_mib_s=100, max_slowdown=None) == [PageClass(10, 300)]


def test_rounds_of_hot_and_cold_pages_computed_by_hand() -> None:
    """V = 1,000 MiB at 100 MiB/s: 10 s, in which the hot 50 are all written, and 10 of the cold 500 a second.

    Cold: 500 · (1 − e^(−10 · 10 / 500)) = 90.63. The second round, 140.63 MiB, takes 1.4063 s: 50.00 hot and
    500 · (1 − e^(−0.028126)) = 13.87 cold, which together fit the goal of 100 MiB.
    """
    copy = precopy_of_classes(
        1_000,
        [PageClass(50, 500), PageClass(500, 10)],
        bandwidth_mib_s=100,
        switchover_goal_s=1.0,
        max_slowdown=None,
    )
    assert [one.memory_mib for one in copy.rounds] == pytest.approx([1_000, 140.63], abs=0.01)
    assert copy.last_mib == pytest.approx(63.87, abs=0.01)


@given(
    st.floats(min_value=1, max_value=2.6e7),
    st.floats(min_value=0, max_value=1),
    st.floats(min_value=0, max_value=1e5),
    st.floats(min_value=0.01, max_value=0.99),
    st.floats(min_value=0.1, max_value=5e4),
)
def test_evenly_written_classes_are_one_class(
    memory: float, share: float, dirty: float, split: float, bandwidth: float
) -> None:
    working_set = memory * share
    parts = hot_and_cold(working_set, dirty, hot_share=split, hot_writes=split)
    one = precopy(
        memory_mib=memory,
        working_set_mib=working_set,
        dirty_mib_s=dirty,
        bandwidth_mib_s=bandwidth,
        switchover_goal_s=0.5,
        max_slowdown=0.7,
    )
    two = precopy_of_classes(memory, parts, bandwidth_mib_s=bandwidth, switchover_goal_s=0.5, max_slowdown=0.7)
    assert two.sent_mib == pytest.approx(one.sent_mib, rel=0.01)
