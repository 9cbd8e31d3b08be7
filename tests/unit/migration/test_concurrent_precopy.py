"""Ends of migrations that share links while their guests go on writing."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.migration.concurrent_precopy import SharedMigration, concurrent_ends
from recommender.migration.dirty_rate import PageClass
from recommender.migration.precopy import precopy


def ends_of(several: list[SharedMigration], mib_s: float) -> list[float]:
    return concurrent_ends(several, {"link": mib_s}, switchover_goal_s=0.5, max_slowdown=0.7)


def migration(
    start_s: float = 0.0, memory: float = 1_000, dirty: float = 0.0, links: tuple[str, ...] = ("link",)
) -> SharedMigration:
    classes = (PageClass(memory / 2, dirty),)
    return SharedMigration(start_s=start_s, memory_mib=memory, classes=classes, links=links)


def test_two_idle_guests_share_until_the_first_has_gone() -> None:
    """At 50 MiB/s each until the smaller has sent its 500 at 10 s; the other's last 500 take 5 s of the whole link."""
    assert ends_of([migration(), migration(memory=500)], 100.0) == pytest.approx([15, 10])


def test_one_that_starts_later_slows_the_first_from_then_on() -> None:
    """400 MiB alone in 4 s, then 600 each at 50 MiB/s until 16 s; the other has 400 left, 4 s."""
    ends = ends_of([migration(), migration(4.0)], 100.0)
    assert ends == pytest.approx([16.0, 20.0])


def test_sharing_costs_more_than_its_share_where_guests_write() -> None:
    """Both send for longer, and so more is written meanwhile: two take more than twice as long as one."""
    (alone,) = ends_of([migration(dirty=40)], 100.0)
    both = ends_of([migration(dirty=40), migration(dirty=40)], 100.0)
    assert max(both) > 2 * alone


def test_without_bandwidth_there_is_no_end() -> None:
    assert ends_of([migration()], 0.0) == [inf]
    assert ends_of([], 1.0) == []


@given(
    st.floats(min_value=1, max_value=2.6e7),
    st.floats(min_value=0, max_value=1e5),
    st.floats(min_value=0.1, max_value=5e4),
)
def test_alone_it_is_the_single_prediction(memory: float, dirty: float, bandwidth: float) -> None:
    (end,) = ends_of([migration(memory=memory, dirty=dirty)], bandwidth)
    single = precopy(
        memory_mib=memory,
        working_set_mib=memory / 2,
        dirty_mib_s=dirty,
        bandwidth_mib_s=bandwidth,
        switchover_goal_s=0.5,
        max_slowdown=0.7,
    )
    assert end == pytest.approx(single.sent_mib / bandwidth, rel=1e-6)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 1e5), st.floats(0, 500)), min_size=1, max_size=5))
def test_nobody_ends_before_its_memory_could_be_sent(all_of: list[tuple[float, float, float]]) -> None:
    several = [migration(start, memory, dirty) for start, memory, dirty in all_of]
    ends = ends_of(several, 100.0)
    for one, end in zip(several, ends, strict=True):
        assert end >= one.start_s + one.memory_mib / 100 * (1 - 1e-9)
    assert max(ends) >= sum(one.memory_mib for one in several) / 100 * (1 - 1e-9)
