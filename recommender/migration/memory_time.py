"""What the copy of a running VM's memory takes, with one set of numbers."""

from typing import NamedTuple

from recommender.migration.downtime import downtime_s, fixed_downtime_s
from recommender.migration.estimate import PrecopyRound
from recommender.migration.precopy import converges_of_classes, precopy_of_classes
from recommender.migration.uncertainty import MemoryNumbers
from recommender.policy import MigrationPolicy


class MemoryTime(NamedTuple):
    """``copy_s``: all rounds, the guest running; ``slowed_s``: of that what the guest loses to being slowed."""

    copy_s: float
    slowed_s: float
    downtime_s: float
    sent_mib: float
    dirty_ratio: float
    rounds: tuple[PrecopyRound, ...]

    @property
    def seconds(self) -> float:
        """The rounds and the switchover."""
        return self.copy_s + self.downtime_s


def memory_time(numbers: MemoryNumbers, rules: MigrationPolicy) -> MemoryTime:
    """Rounds as ``precopy`` says, then stop-and-copy."""
    copy = precopy_of_classes(
        numbers.memory_mib,
        numbers.classes,
        bandwidth_mib_s=numbers.bandwidth_mib_s,
        switchover_goal_s=rules.switchover_goal_s,
        max_slowdown=rules.max_slowdown,
    )
    allowed = rules.max_slowdown * numbers.bandwidth_mib_s
    lost = 1 - allowed / numbers.dirty_mib_s if numbers.dirty_mib_s > allowed else 0.0
    return MemoryTime(
        copy_s=copy.seconds,
        slowed_s=lost * copy.seconds,
        downtime_s=downtime_s(copy.last_mib, bandwidth_mib_s=numbers.bandwidth_mib_s, rtt_ms=numbers.rtt_ms),
        sent_mib=copy.sent_mib,
        dirty_ratio=numbers.dirty_mib_s / numbers.bandwidth_mib_s,
        rounds=copy.rounds,
    )


def no_memory() -> MemoryTime:
    """After its disks the VM is suspended and resumed at once on the same host: nothing but the fixed part."""
    return MemoryTime(0.0, 0.0, fixed_downtime_s(rtt_ms=0.0), sent_mib=0.0, dirty_ratio=0.0, rounds=())


def memory_converges(numbers: MemoryNumbers, rules: MigrationPolicy) -> bool:
    """Whether the rest comes to fit the switchover goal although nobody slows the guest."""
    return converges_of_classes(
        numbers.memory_mib,
        numbers.classes,
        bandwidth_mib_s=numbers.bandwidth_mib_s,
        switchover_goal_s=rules.switchover_goal_s,
    )
