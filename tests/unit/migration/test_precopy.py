"""Pre-copy rounds, computed by hand and held to what must be true of all of them."""

from math import exp

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recommender.migration.precopy import Precopy, converges, precopy

SIZES = st.floats(min_value=1, max_value=24 * 1024 * 1024)  # 1 MiB to 24 TiB
RATES = st.floats(min_value=0, max_value=1e5)
BANDWIDTHS = st.floats(min_value=0.1192, max_value=47_684)  # 1 Mbit/s to 400 Gbit/s
FACTORS = st.floats(min_value=1, max_value=50)


def copied(memory: float, working_set: float, dirty: float, bandwidth: float) -> Precopy:
    return precopy(
        memory_mib=memory,
        working_set_mib=min(working_set, memory),
        dirty_mib_s=dirty,
        bandwidth_mib_s=bandwidth,
        switchover_goal_s=0.5,
        max_slowdown=0.7,
    )


def test_rounds_computed_by_hand() -> None:
    """V = 16,384 MiB, B = 1,000 MiB/s, W = 4,096 MiB, D = 400 MiB/s, goal 500 MiB.

    | round | memory to transfer | time needed | memory changed meanwhile                    |
    | 1     | 16,384.0           | 16.3840     | 4096 · (1 − e^(−400 · 16.384 / 4096))       |
    |       |                    |             | = 4096 · (1 − e^(−1.6)) = 3,269.0           |
    | 2     | 3,269.0            | 3.2690      | 4096 · (1 − e^(−0.319241)) = 1,119.5        |
    | 3     | 1,119.5            | 1.1195      | 4096 · (1 − e^(−0.109327)) = 424.2 ≤ 500    |
    """
    copy = copied(16_384, 4_096, 400, 1_000)
    assert [one.number for one in copy.rounds] == [1, 2, 3]
    assert [one.memory_mib for one in copy.rounds] == pytest.approx([16384.0, 3269.0, 1119.5], abs=0.1)
    assert [one.seconds for one in copy.rounds] == pytest.approx([16.3840, 3.2690, 1.1195], abs=1e-4)
    assert [one.changed_mib for one in copy.rounds] == pytest.approx([3269.0, 1119.5, 424.2], abs=0.1)
    assert copy.last_mib == copy.rounds[-1].changed_mib
    assert copy.sent_mib == pytest.approx(16384.0 + 3269.0 + 1119.5 + 424.2, abs=0.3)


def test_a_guest_that_outruns_the_link_is_slowed_until_it_fits() -> None:
    """D = 5,000 is slowed to 700 MiB/s; with an endless W each round is 0.7 of the one before.

    8,000 · 0.7^7 = 658.8 > 500 ≥ 8,000 · 0.7^8 = 461.2: the eighth round leaves little enough.
    """
    copy = precopy(
        memory_mib=8_000,
        working_set_mib=1e12,
        dirty_mib_s=5_000,
        bandwidth_mib_s=1_000,
        switchover_goal_s=0.5,
        max_slowdown=0.7,
    )
    assert len(copy.rounds) == 8
    assert copy.last_mib == pytest.approx(461.2, abs=0.1)


def test_rounds_end_when_nothing_is_gained() -> None:
    """Unslowed, D = 2 B: the second round would be twice the first."""
    unslowed = precopy(
        memory_mib=1_000,
        working_set_mib=1e9,
        dirty_mib_s=2_000,
        bandwidth_mib_s=1_000,
        switchover_goal_s=0.5,
        max_slowdown=None,
    )
    assert len(unslowed.rounds) == 1
    assert unslowed.last_mib == pytest.approx(2_000, rel=1e-5)


@pytest.mark.parametrize(("working_set", "dirty", "verdict"), [(400, 9e9, True), (600, 9e9, False), (600, 50, True)])
def test_it_converges_when_the_working_set_fits_the_goal_or_is_written_slowly(
    working_set: float, dirty: float, verdict: bool
) -> None:
    assert (
        converges(
            memory_mib=10_000,
            working_set_mib=working_set,
            dirty_mib_s=dirty,
            bandwidth_mib_s=1_000,
            switchover_goal_s=0.5,
        )
        is verdict
    )


@given(SIZES, SIZES, RATES, BANDWIDTHS, FACTORS)
def test_more_bandwidth_is_never_slower(
    memory: float, working_set: float, dirty: float, bandwidth: float, factor: float
) -> None:
    slow = copied(memory, working_set, dirty, bandwidth)
    fast = copied(memory, working_set, dirty, bandwidth * factor)
    assert fast.sent_mib / (bandwidth * factor) <= slow.sent_mib / bandwidth * (1 + 1e-9)


@given(SIZES, SIZES, RATES, BANDWIDTHS, FACTORS)
def test_a_busier_guest_never_sends_less(
    memory: float, working_set: float, dirty: float, bandwidth: float, factor: float
) -> None:
    calm = copied(memory, working_set, dirty, bandwidth)
    busy = copied(memory, working_set, dirty * factor, bandwidth)
    assert busy.sent_mib >= calm.sent_mib * (1 - 1e-9)
    assert calm.sent_mib >= memory


@given(SIZES, SIZES, RATES, BANDWIDTHS)
def test_a_slowed_guest_always_comes_to_fit_the_goal(
    memory: float, working_set: float, dirty: float, bandwidth: float
) -> None:
    copy = copied(memory, working_set, dirty, bandwidth)
    assert copy.last_mib <= bandwidth * 0.5
    assert all(
        later.memory_mib < earlier.memory_mib for earlier, later in zip(copy.rounds, copy.rounds[1:], strict=False)
    )


@given(
    st.floats(min_value=0.8, max_value=1.2),
    st.floats(min_value=1e-3, max_value=1),
    st.floats(min_value=1e-4, max_value=1),
)
def test_the_verdict_is_that_of_the_endless_recurrence(ratio: float, share: float, goal_share: float) -> None:
    memory, bandwidth = 8_192.0, 1_000.0
    working_set, goal_mib = share * memory, goal_share * share * memory
    left, before = memory, float("inf")
    while left > goal_mib and left < before * (1 - 1e-12):
        left, before = working_set * (1 - exp(-ratio * left / working_set)), left
    fits = left <= goal_mib
    assume(abs(left - goal_mib) > 1e-6 * goal_mib)
    found = converges(
        memory_mib=memory,
        working_set_mib=working_set,
        dirty_mib_s=ratio * bandwidth,
        bandwidth_mib_s=bandwidth,
        switchover_goal_s=goal_mib / bandwidth,
    )
    assert found is fits
