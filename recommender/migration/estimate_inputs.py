"""Predicting the migration of a running VM from numbers alone, without any inventory."""

from recommender.migration.estimate import EstimateInput, MigrationEstimate, MigrationKind
from recommender.migration.live_estimate import DiskTime, MemoryCases, live_estimate
from recommender.migration.uncertainty import KNOWN_BANDWIDTH, MEASURED_DIRTY_RATE, MemoryNumbers, at_p95
from recommender.policy import MigrationPolicy


def estimate_inputs(
    *,
    memory_mib: float,
    working_set_mib: float,
    dirty_mib_s: float,
    bandwidth_mib_s: float,
    rtt_ms: float = 0.0,
    policy: MigrationPolicy,
) -> MigrationEstimate:
    """The prediction for memory to send first, working set (at most the memory), dirty rate and *usable* bandwidth.

    Bandwidth must be above 0. It is taken at its word: the round-trip time only lengthens the switchover. The numbers
    count as measured, so that p95 allows for about a tenth of error in each.
    """
    numbers = MemoryNumbers(memory_mib, min(working_set_mib, memory_mib), dirty_mib_s, bandwidth_mib_s, rtt_ms)
    worse = at_p95(numbers, dirty_sigma=MEASURED_DIRTY_RATE, bandwidth_sigma=KNOWN_BANDWIDTH)
    capped = "given" if working_set_mib <= memory_mib else "given, but no more than the memory"
    inputs = (
        EstimateInput(name="memory", value=memory_mib, unit="MiB", origin="given"),
        EstimateInput(name="working set", value=numbers.working_set_mib, unit="MiB", origin=capped),
        EstimateInput(name="dirty rate", value=dirty_mib_s, unit="MiB/s", origin="given"),
        EstimateInput(name="bandwidth", value=bandwidth_mib_s, unit="MiB/s", origin="given"),
        EstimateInput(name="round trip", value=rtt_ms, unit="ms", origin="given"),
    )
    return live_estimate(
        MigrationKind.VMOTION, policy, memory=MemoryCases(numbers, worse), disks=DiskTime(), inputs=inputs
    )
