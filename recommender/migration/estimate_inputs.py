"""Predicting the migration of a running VM from numbers alone, without any inventory."""

from recommender.migration.estimate import EstimateInput, MigrationEstimate, MigrationKind
from recommender.migration.live_estimate import DiskTime, live_estimate
from recommender.migration.uncertainty import KNOWN_BANDWIDTH, MEASURED_DIRTY_RATE, MemoryCases, MemoryNumbers
from recommender.policy import MigrationPolicy


def estimate_inputs(
    *,
    memory_mib: float,
    working_set_mib: float,
    dirty_mib_s: float,
    bandwidth_mib_s: float,
    rtt_ms: float = 0.0,
    hot_share: float = 0.0,
    hot_writes: float = 0.0,
    policy: MigrationPolicy,
) -> MigrationEstimate:
    """The prediction for memory to send first, working set (at most the memory), dirty rate and *usable* bandwidth.

    Bandwidth must be above 0. It is taken at its word: the round-trip time only lengthens the switchover. The numbers
    count as measured, so that p95 allows for about a tenth of error in each. Of the working set the share ``hot_share``
    takes the share ``hot_writes`` of all writes; 0: all pages alike.
    """
    numbers = MemoryNumbers(
        memory_mib, min(working_set_mib, memory_mib), dirty_mib_s, bandwidth_mib_s, rtt_ms, hot_share, hot_writes
    )
    cases = MemoryCases(
        p50=numbers,
        dirty_sigma=MEASURED_DIRTY_RATE,
        bandwidth_sigma=KNOWN_BANDWIDTH,
        dirty_why="given",
        bandwidth_why="given",
    )
    capped = "given" if working_set_mib <= memory_mib else "given, but no more than the memory"
    inputs: tuple[EstimateInput, ...] = (
        EstimateInput(name="memory", value=memory_mib, unit="MiB", origin="given"),
        EstimateInput(name="working set", value=numbers.working_set_mib, unit="MiB", origin=capped),
        EstimateInput(name="dirty rate", value=dirty_mib_s, unit="MiB/s", origin="given"),
        EstimateInput(name="bandwidth", value=bandwidth_mib_s, unit="MiB/s", origin="given"),
        EstimateInput(name="round trip", value=rtt_ms, unit="ms", origin="given"),
    )
    if hot_share:
        hot = EstimateInput(
            name="hot pages", value=100 * hot_share, unit="%", origin=f"given; {hot_writes:.0%} of writes"
        )
        inputs = (*inputs, hot)
    return live_estimate(MigrationKind.VMOTION, policy, memory=cases, disks=DiskTime(), inputs=inputs)
