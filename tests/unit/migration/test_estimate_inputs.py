"""Predictions from numbers alone."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.migration.downtime import fixed_downtime_s
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.migration.estimate_inputs import estimate_inputs
from recommender.policy import MigrationPolicy

RULES = MigrationPolicy()
SIZES = st.floats(min_value=1, max_value=24 * 1024 * 1024)  # 1 MiB to 24 TiB
RATES = st.floats(min_value=0, max_value=1e5)
BANDWIDTHS = st.floats(min_value=0.1192, max_value=47_684)  # 1 Mbit/s to 400 Gbit/s
FACTORS = st.floats(min_value=1, max_value=50)
RTTS = st.floats(min_value=0, max_value=150)


def estimate(memory: float, working_set: float, dirty: float, bandwidth: float, rtt: float = 0.0) -> MigrationEstimate:
    return estimate_inputs(
        memory_mib=memory,
        working_set_mib=working_set,
        dirty_mib_s=dirty,
        bandwidth_mib_s=bandwidth,
        rtt_ms=rtt,
        policy=RULES,
    )


def test_a_prediction_computed_by_hand() -> None:
    """The rounds of ``test_precopy``: 16,384.0 + 3,269.0 + 1,119.5 MiB, 424.2 left, at 1,000 MiB/s.

    | setup                             | 2.0000 s |
    | three rounds                      | 20.7725 s |
    | stop-and-copy, 424.2 MiB          | 0.4242 s |
    | device state, start               | 0.1000 s |
    | three round trips of 10 ms        | 0.0300 s |
    | teardown                          | 1.0000 s |
    | in all                            | 24.3267 s, of which the guest stands still 0.5542 s |
    """
    found = estimate(16_384, 4_096, 400, 1_000, rtt=10.0)
    assert found.kind is MigrationKind.VMOTION
    assert found.duration_p50_s == pytest.approx(24.3267, abs=2e-4)
    assert found.downtime_p50_ms == pytest.approx(554.2, abs=0.1)
    assert found.sent_mib_p50 == pytest.approx(21_196.7, abs=0.3)
    assert found.dirty_ratio == pytest.approx(0.4)
    assert found.converges
    assert found.risk is RiskClass.SAFE
    assert len(found.rounds) == 3


def test_p95_is_a_slower_link_and_a_busier_guest() -> None:
    """At p95 the link carries 1,000 · e^(−0.1645) = 848.3 MiB/s; an idle guest's memory takes 9.657 instead of
    8.192 s. The 3 s of the policy may be half as long again, the 0.1 s of the switchover nearly twice as long. Errors
    that have nothing to do with each other add up as squares: √(1.465² + 1.526² + 0.093²) = 2.118.
    """
    found = estimate(8_192, 0, 0, 1_000)
    assert found.duration_p50_s == pytest.approx(3.1 + 8.192)
    assert found.duration_p95_s == pytest.approx(3.1 + 8.192 + 2.118, abs=0.001)
    assert found.sent_mib_p95 == found.sent_mib_p50 == 8_192
    assert estimate(8_192, 4_000, 400, 1_000).sent_mib_p95 > estimate(8_192, 4_000, 400, 1_000).sent_mib_p50


def test_a_guest_that_outruns_the_link_is_told_to_need_slowing() -> None:
    found = estimate(16_384, 8_192, 2_000, 1_000)
    assert not found.converges
    assert found.risk is RiskClass.MAY_NOT_CONVERGE
    assert found.downtime_p50_ms <= 600


def test_a_working_set_larger_than_the_memory_is_cut_and_said_to_be() -> None:
    found = estimate(1_000, 5_000, 100, 1_000)
    (said,) = [one for one in found.inputs if one.name == "working set"]
    assert (said.value, said.origin) == (1_000, "given, but no more than the memory")


@given(SIZES, SIZES, RATES, BANDWIDTHS, FACTORS)
def test_more_bandwidth_is_never_slower(
    memory: float, working_set: float, dirty: float, bandwidth: float, factor: float
) -> None:
    slow = estimate(memory, working_set, dirty, bandwidth)
    fast = estimate(memory, working_set, dirty, bandwidth * factor)
    assert fast.duration_p50_s <= slow.duration_p50_s * (1 + 1e-9)
    assert fast.duration_p95_s <= slow.duration_p95_s * (1 + 1e-9)


@given(SIZES, SIZES, RATES, BANDWIDTHS, RTTS)
def test_p95_is_never_better_than_the_median(
    memory: float, working_set: float, dirty: float, bandwidth: float, rtt: float
) -> None:
    found = estimate(memory, working_set, dirty, bandwidth, rtt)
    assert found.duration_p95_s >= found.duration_p50_s
    assert found.downtime_p95_ms >= found.downtime_p50_ms
    assert found.sent_mib_p95 >= found.sent_mib_p50 * (1 - 1e-9) >= memory * (1 - 2e-9)


@given(SIZES, SIZES, RATES, BANDWIDTHS, RTTS)
def test_who_converges_stands_still_for_the_goal_and_the_fixed_parts_at_most(
    memory: float, working_set: float, dirty: float, bandwidth: float, rtt: float
) -> None:
    found = estimate(memory, working_set, dirty, bandwidth, rtt)
    most_ms = 1000 * (RULES.switchover_goal_s + fixed_downtime_s(rtt))
    if found.converges:
        assert found.downtime_p50_ms <= most_ms * (1 + 1e-9)
        assert found.downtime_p95_ms <= (most_ms + 1000 * fixed_downtime_s(rtt)) * (1 + 1e-9)


def test_hot_pages_are_sent_again_and_again_and_cold_ones_hardly() -> None:
    """Kherbache et al. (mVM, UCC 2015): writes that fall on few pages leave less to send than the same spread out."""
    alike = estimate(8_192, 4_000, 600, 1_000)
    hot = estimate_inputs(
        memory_mib=8_192,
        working_set_mib=4_000,
        dirty_mib_s=600,
        bandwidth_mib_s=1_000,
        hot_share=0.1,
        hot_writes=0.9,
        policy=RULES,
    )
    first = 400 * (1 - exp(-0.9 * 600 * 8.192 / 400)) + 3_600 * (1 - exp(-0.1 * 600 * 8.192 / 3_600))
    assert hot.rounds[0].changed_mib == pytest.approx(first)
    assert hot.sent_mib_p50 < alike.sent_mib_p50


@given(SIZES, SIZES, RATES, BANDWIDTHS, RTTS)
def test_phases_add_up_to_the_whole(
    memory: float, working_set: float, dirty: float, bandwidth: float, rtt: float
) -> None:
    found = estimate(memory, working_set, dirty, bandwidth, rtt)
    assert sum(phase.p50_s for phase in found.phases) == pytest.approx(found.duration_p50_s, rel=1e-9)
    assert all(phase.p95_s >= phase.p50_s for phase in found.phases)
    (copy,) = [phase for phase in found.phases if phase.name == "memory"]
    assert copy.p95_s <= found.duration_p95_s
    assert 0 <= found.guest_loss_share <= 1


@given(SIZES, SIZES, RATES, BANDWIDTHS, FACTORS)
def test_more_memory_never_takes_less_time(
    memory: float, working_set: float, dirty: float, bandwidth: float, factor: float
) -> None:
    working_set = min(working_set, memory)  # the same guest with more memory that it does not write
    small = estimate(memory, working_set, dirty, bandwidth)
    large = estimate(memory * factor, working_set, dirty, bandwidth)
    assert large.sent_mib_p50 >= memory * factor * (1 - 1e-9)
    assert large.duration_p50_s >= small.duration_p50_s * (1 - 1e-9)


@given(SIZES, SIZES, RATES, BANDWIDTHS, FACTORS)
def test_a_busier_guest_never_takes_less_time(
    memory: float, working_set: float, dirty: float, bandwidth: float, factor: float
) -> None:
    calm, busy = (estimate(memory, working_set, rate, bandwidth) for rate in (dirty, dirty * factor))
    assert busy.duration_p50_s >= calm.duration_p50_s * (1 - 1e-9)


@given(SIZES, BANDWIDTHS)
def test_a_guest_that_writes_nothing_is_sent_in_one_round(memory: float, bandwidth: float) -> None:
    idle = estimate(memory, memory, 0.0, bandwidth)
    assert len(idle.rounds) == 1
    assert idle.converges
    assert idle.duration_p50_s == pytest.approx(memory / bandwidth + 3.1, rel=1e-9)


@given(SIZES, SIZES, RATES, BANDWIDTHS)
def test_no_migration_is_faster_than_its_memory(
    memory: float, working_set: float, dirty: float, bandwidth: float
) -> None:
    found = estimate(memory, working_set, dirty, bandwidth)
    assert found.duration_p50_s >= memory / bandwidth
    assert 1000 * found.duration_p50_s >= found.downtime_p50_ms
