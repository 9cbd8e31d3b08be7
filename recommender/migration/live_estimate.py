"""Putting a prediction together: disks first, then memory in rounds, one switchover, each at p50 and at p95."""

from typing import Final, NamedTuple

from recommender.migration.downtime import downtime_s, fixed_downtime_s
from recommender.migration.estimate import EstimateInput, MigrationEstimate, MigrationKind, PrecopyRound
from recommender.migration.precopy import Precopy, converges, precopy
from recommender.migration.risk import risk_of
from recommender.migration.uncertainty import MemoryNumbers
from recommender.policy import MigrationPolicy


class DiskTime(NamedTuple):
    """Data of all disk copies and their time."""

    mib: float = 0.0
    p50_s: float = 0.0
    p95_s: float = 0.0


class LearntFactors(NamedTuple):
    """Multiples of the model's median, at the median and at p95; ``None``: p95 is the model's own, as much longer."""

    p50: float = 1.0
    p95: float | None = None


AS_MODELLED: Final = LearntFactors()


class MemoryCases(NamedTuple):
    """The numbers of the memory copy: the median case and the worse one."""

    p50: MemoryNumbers
    p95: MemoryNumbers


class _MemoryTime(NamedTuple):
    seconds: float
    downtime_s: float
    sent_mib: float
    dirty_ratio: float
    rounds: tuple[PrecopyRound, ...]


def live_estimate(
    kind: MigrationKind,
    rules: MigrationPolicy,
    *,
    memory: MemoryCases | None,
    disks: DiskTime,
    inputs: tuple[EstimateInput, ...],
    learnt: LearntFactors = AS_MODELLED,
) -> MigrationEstimate:
    """The migration of a running VM; ``memory`` is ``None`` when it stays on its host and only disks move.

    What was ``learnt`` is of the whole migration less its disks.
    """
    median = _no_memory() if memory is None else _memory_time(memory.p50, rules)
    worse = median if memory is None else _memory_time(memory.p95, rules)
    downtime_p95_ms = 1000 * _downtime_p95_s(median, worse, memory, rules)
    fixed_s = rules.setup_s + rules.teardown_s
    duration_p50_s = learnt.p50 * (fixed_s + median.seconds)
    worse_s = learnt.p50 * (fixed_s + worse.seconds)
    if learnt.p95 is not None:
        worse_s = max(duration_p50_s, learnt.p95 * (fixed_s + median.seconds))
    duration_p50_s, duration_p95_s = duration_p50_s + disks.p50_s, worse_s + disks.p95_s
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
        converges=memory is None or _converges(memory.p50, rules),
        risk=risk,
        risk_reason=reason,
        rounds=median.rounds,
        inputs=inputs,
    )


def _memory_time(numbers: MemoryNumbers, rules: MigrationPolicy) -> _MemoryTime:
    copy = _precopy(numbers, rules)
    stopped_s = downtime_s(copy.last_mib, bandwidth_mib_s=numbers.bandwidth_mib_s, rtt_ms=numbers.rtt_ms)
    return _MemoryTime(
        seconds=copy.seconds + stopped_s,
        downtime_s=stopped_s,
        sent_mib=copy.sent_mib,
        dirty_ratio=numbers.dirty_mib_s / numbers.bandwidth_mib_s,
        rounds=copy.rounds,
    )


def _no_memory() -> _MemoryTime:
    # After its disks the VM is suspended and resumed at once on the same host: nothing but the fixed part.
    stopped_s = fixed_downtime_s(rtt_ms=0.0)
    return _MemoryTime(seconds=stopped_s, downtime_s=stopped_s, sent_mib=0.0, dirty_ratio=0.0, rounds=())


def _downtime_p95_s(
    median: _MemoryTime, worse: _MemoryTime, memory: MemoryCases | None, rules: MigrationPolicy
) -> float:
    longer = max(median.downtime_s, worse.downtime_s)
    if memory is not None and len(worse.rounds) > len(median.rounds):
        # Between the two cases the rest grows up to the goal before one more round is made of it.
        longer = max(longer, rules.switchover_goal_s + fixed_downtime_s(memory.p95.rtt_ms))
    return longer


def _precopy(numbers: MemoryNumbers, rules: MigrationPolicy) -> Precopy:
    return precopy(
        memory_mib=numbers.memory_mib,
        working_set_mib=numbers.working_set_mib,
        dirty_mib_s=numbers.dirty_mib_s,
        bandwidth_mib_s=numbers.bandwidth_mib_s,
        switchover_goal_s=rules.switchover_goal_s,
        max_slowdown=rules.max_slowdown,
    )


def _converges(numbers: MemoryNumbers, rules: MigrationPolicy) -> bool:
    return converges(
        memory_mib=numbers.memory_mib,
        working_set_mib=numbers.working_set_mib,
        dirty_mib_s=numbers.dirty_mib_s,
        bandwidth_mib_s=numbers.bandwidth_mib_s,
        switchover_goal_s=rules.switchover_goal_s,
    )
