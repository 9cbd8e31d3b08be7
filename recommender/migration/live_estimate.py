"""Putting a prediction together: disks first, then memory in rounds, one switchover, each at p50 and at p95."""

from math import exp
from typing import Final, NamedTuple

from recommender.inventory.load import QuietHour
from recommender.migration.advice import advice
from recommender.migration.downtime import fixed_downtime_s
from recommender.migration.estimate import EstimateInput, EstimatePhase, MigrationEstimate, MigrationKind
from recommender.migration.interval_width import WidthPart, combined_s, width_reason
from recommender.migration.memory_time import MemoryTime, memory_converges, memory_time, no_memory
from recommender.migration.risk import risk_of
from recommender.migration.shared_errors import USUAL
from recommender.migration.uncertainty import FIXED_DOWNTIME, FIXED_TIME, Z_95, MemoryCases
from recommender.policy import MigrationPolicy

FIXED_FACTOR: Final = exp(Z_95 * FIXED_TIME)
FIXED_DOWNTIME_FACTOR: Final = exp(Z_95 * FIXED_DOWNTIME)


class DiskTime(NamedTuple):
    """Data of all disk copies and their time."""

    mib: float = 0.0
    p50_s: float = 0.0
    p95_s: float = 0.0


class LearntFactors(NamedTuple):
    """What was learnt: the host pair takes ``overhead_s`` + ``slowness`` · the model.

    Of that again a multiple, at the median and at p95; ``None``: p95 is the model's own, as much longer.
    """

    p50: float = 1.0
    p95: float | None = None
    overhead_s: float = 0.0
    slowness: float = 1.0

    def of(self, seconds: float) -> float:
        """The median, of what the model says."""
        return self.p50 * (self.overhead_s + self.slowness * seconds)

    @property
    def rate(self) -> float:
        """What each second of the model takes."""
        return self.p50 * self.slowness


AS_MODELLED: Final = LearntFactors()


def live_estimate(
    kind: MigrationKind,
    rules: MigrationPolicy,
    *,
    memory: MemoryCases | None,
    disks: DiskTime,
    inputs: tuple[EstimateInput, ...],
    learnt: LearntFactors = AS_MODELLED,
    quiet: QuietHour | None = None,
    site_path: str = "",
    shared_share: float | None = None,
) -> MigrationEstimate:
    """The migration of a running VM; ``memory`` is ``None`` when it stays on its host and only disks move.

    What was ``learnt`` is of the whole migration less its disks. ``quiet``: the VM's quietest hour, for advice.
    """
    median = no_memory() if memory is None else memory_time(memory.p50, rules)
    worse = median if memory is None else memory_time(memory.worse, rules)
    fixed_s = rules.setup_s + rules.teardown_s
    own_p50_s = learnt.of(fixed_s + median.seconds)
    of_memory = _memory_width(rules, memory, median, learnt)
    parts = _width(rules, of_memory, median, disks, learnt)
    duration_p50_s = own_p50_s + disks.p50_s
    duration_p95_s = duration_p50_s + combined_s(parts)
    downtime_p95_ms = 1000 * _downtime_p95_s(median, worse, memory, rules)
    risk, reason = risk_of(
        duration_p95_s=duration_p95_s,
        downtime_p95_ms=downtime_p95_ms,
        dirty_ratio_p95=worse.dirty_ratio,
        rules=rules,
    )
    return MigrationEstimate(
        kind=kind,
        duration_p50_s=duration_p50_s,
        duration_p95_s=duration_p95_s,
        downtime_p50_ms=1000 * median.downtime_s,
        downtime_p95_ms=downtime_p95_ms,
        sent_mib_p50=disks.mib + median.sent_mib,
        sent_mib_p95=disks.mib + worse.sent_mib,
        dirty_ratio=median.dirty_ratio,
        converges=memory is None or memory_converges(memory.p50, rules),
        risk=risk,
        risk_reason=reason,
        rounds=median.rounds,
        inputs=inputs,
        phases=_phases(
            rules, median, parts[:1] if learnt.p95 is not None else of_memory, downtime_p95_ms / 1000, disks, learnt
        ),
        guest_loss_share=learnt.rate * (median.slowed_s + median.downtime_s) / duration_p50_s,
        width_reason=width_reason(parts),
        advice=advice(rules, memory, risk=risk, duration_p95_s=duration_p95_s, disks_s=disks.p95_s, quiet=quiet),
        site_path=site_path,
        shared_share=USUAL if shared_share is None else shared_share,
    )


def _width(
    rules: MigrationPolicy, memory: list[WidthPart], median: MemoryTime, disks: DiskTime, learnt: LearntFactors
) -> list[WidthPart]:
    fixed_s = rules.setup_s + rules.teardown_s
    of_disks = WidthPart("storage (no vSphere API tells what datastores carry)", disks.p95_s - disks.p50_s)
    if learnt.p95 is not None:
        past_s = max(0.0, learnt.p95 / learnt.p50 - 1) * learnt.of(fixed_s + median.seconds)
        return [WidthPart("how far past predictions were off", past_s), of_disks]
    return [
        WidthPart(
            "what does not depend on size",
            (learnt.p50 * learnt.overhead_s + learnt.rate * fixed_s) * (FIXED_FACTOR - 1),
        ),
        WidthPart("the switchover's fixed part", learnt.rate * fixed_downtime_s(0.0) * (FIXED_DOWNTIME_FACTOR - 1)),
        *memory,
        of_disks,
    ]


def _memory_width(
    rules: MigrationPolicy, memory: MemoryCases | None, median: MemoryTime, learnt: LearntFactors
) -> list[WidthPart]:
    if memory is None:
        return []
    wilder_s = memory_time(memory.wilder, rules).seconds - median.seconds
    slower_s = memory_time(memory.slower, rules).seconds - median.seconds
    times, share = exp(Z_95 * memory.dirty_sigma), 1 - exp(-Z_95 * memory.bandwidth_sigma)
    return [
        WidthPart(f"a dirty rate {times:.1f} × as high ({memory.dirty_why})", max(0.0, learnt.rate * wilder_s)),
        WidthPart(f"{share:.0%} less bandwidth ({memory.bandwidth_why})", max(0.0, learnt.rate * slower_s)),
    ]


def _phases(
    rules: MigrationPolicy,
    median: MemoryTime,
    of_memory: list[WidthPart],
    downtime_p95_s: float,
    disks: DiskTime,
    learnt: LearntFactors,
) -> tuple[EstimatePhase, ...]:
    factor = learnt.rate
    setup_s, teardown_s = learnt.p50 * learnt.overhead_s + factor * rules.setup_s, factor * rules.teardown_s
    stop_s = factor * median.downtime_s
    found = [EstimatePhase(name="setup", p50_s=setup_s, p95_s=FIXED_FACTOR * setup_s)]
    if disks.mib:
        found.append(EstimatePhase(name="storage", p50_s=disks.p50_s, p95_s=disks.p95_s))
    if median.rounds:
        copy_s = factor * median.copy_s
        found.append(EstimatePhase(name="memory", p50_s=copy_s, p95_s=copy_s + combined_s(of_memory)))
    return (
        *found,
        EstimatePhase(name="switchover", p50_s=stop_s, p95_s=max(stop_s, downtime_p95_s)),
        EstimatePhase(name="teardown", p50_s=teardown_s, p95_s=FIXED_FACTOR * teardown_s),
    )


def _downtime_p95_s(median: MemoryTime, worse: MemoryTime, memory: MemoryCases | None, rules: MigrationPolicy) -> float:
    longer = max(median.downtime_s, worse.downtime_s)
    rtt_ms = 0.0 if memory is None else memory.p50.rtt_ms
    if memory is not None and len(worse.rounds) > len(median.rounds):
        # Between the two cases the rest grows up to the goal before one more round is made of it.
        longer = max(longer, rules.switchover_goal_s + fixed_downtime_s(rtt_ms))
    return longer + fixed_downtime_s(rtt_ms) * (FIXED_DOWNTIME_FACTOR - 1)
