"""How far the inputs of a prediction may be off, and the worse case that follows from that.

Errors of rates are relative and lopsided (twice as much is as likely as half), so they are taken as log-normal.
"""

from math import exp
from typing import Final, NamedTuple

from recommender.migration.bandwidth import Route
from recommender.migration.dirty_rate import PageClass, hot_and_cold
from recommender.migration.vm_inputs import MemoryInputs

Z_95: Final = 1.645  # a standard normal stays below this in 95 of 100 cases

# Standard deviations of the logarithm. A dirty rate that was measured changes little within a migration; one that is
# guessed from active memory is off by a factor of two as a rule. Bandwidth is known to about a tenth where the link's
# speed is known. What datastores carry is in no vSphere API.
MEASURED_DIRTY_RATE: Final = 0.1
ASSUMED_DIRTY_RATE: Final = 0.7
KNOWN_BANDWIDTH: Final = 0.1
ASSUMED_BANDWIDTH: Final = 0.4
ASSUMED_STORAGE: Final = 0.4
# What does not depend on size (checks, reservations, registration; the switchover's own part) differs from one
# migration to the next: seconds become half as long again, and the tenths of a second of a switchover twice as long.
FIXED_TIME: Final = 0.25
FIXED_DOWNTIME: Final = 0.4


class MemoryNumbers(NamedTuple):
    """What the pre-copy model computes with: MiB, MiB/s and ms; hot pages as shares, 0 where there is one class."""

    memory_mib: float
    working_set_mib: float
    dirty_mib_s: float
    bandwidth_mib_s: float
    rtt_ms: float
    hot_share: float = 0.0
    hot_writes: float = 0.0

    @property
    def classes(self) -> tuple[PageClass, ...]:
        """The pages that are written, hot ones apart."""
        if not 0 < self.hot_share < 1:
            return (PageClass(self.working_set_mib, self.dirty_mib_s),)
        hot, writes = self.hot_share, self.hot_writes
        return hot_and_cold(self.working_set_mib, self.dirty_mib_s, hot_share=hot, hot_writes=writes)


class MemoryCases(NamedTuple):
    """The numbers of the memory copy, and how far two of them may be off; ``why`` they may be, in words."""

    p50: MemoryNumbers
    dirty_sigma: float
    bandwidth_sigma: float
    dirty_why: str
    bandwidth_why: str

    @property
    def wilder(self) -> MemoryNumbers:
        """With the dirty rate that 95 of 100 such guests do not exceed."""
        return self.p50._replace(dirty_mib_s=self.p50.dirty_mib_s * exp(Z_95 * self.dirty_sigma))

    @property
    def slower(self) -> MemoryNumbers:
        """With the bandwidth that 95 of 100 such ways exceed."""
        return self.p50._replace(bandwidth_mib_s=slower(self.p50.bandwidth_mib_s, self.bandwidth_sigma))

    @property
    def worse(self) -> MemoryNumbers:
        """Both at once: on the safe side, as they rarely go wrong together."""
        return self.wilder._replace(bandwidth_mib_s=self.slower.bandwidth_mib_s)


def slower(rate_mib_s: float, sigma: float) -> float:
    """What 95 of 100 such rates exceed."""
    return rate_mib_s * exp(-Z_95 * sigma)


def dirty_sigma(memory: MemoryInputs) -> float:
    """Of the logarithm of the dirty rate."""
    return MEASURED_DIRTY_RATE if memory.dirty_is_measured else ASSUMED_DIRTY_RATE


def bandwidth_sigma(way: Route) -> float:
    """Of the logarithm of the bandwidth."""
    return ASSUMED_BANDWIDTH if way.speed_is_assumed else KNOWN_BANDWIDTH


def memory_cases(memory: MemoryInputs, way: Route) -> MemoryCases:
    """The cases of a VM's memory on its way."""
    return MemoryCases(
        p50=MemoryNumbers(memory.memory_mib, memory.working_set_mib, memory.dirty_mib_s, way.mib_s, way.rtt_ms),
        dirty_sigma=dirty_sigma(memory),
        bandwidth_sigma=bandwidth_sigma(way),
        dirty_why="measured" if memory.dirty_is_measured else "assumed",
        bandwidth_why="a link's speed is assumed" if way.speed_is_assumed else "the link's speed is known",
    )
