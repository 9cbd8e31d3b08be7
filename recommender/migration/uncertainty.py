"""How far the inputs of a prediction may be off, and the worse case that follows from that.

Errors of rates are relative and lopsided (twice as much is as likely as half), so they are taken as log-normal.
"""

from math import exp
from typing import Final, NamedTuple

from recommender.migration.bandwidth import Route
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


class MemoryNumbers(NamedTuple):
    """What the pre-copy model computes with: MiB, MiB/s and ms."""

    memory_mib: float
    working_set_mib: float
    dirty_mib_s: float
    bandwidth_mib_s: float
    rtt_ms: float


def at_p95(numbers: MemoryNumbers, *, dirty_sigma: float, bandwidth_sigma: float) -> MemoryNumbers:
    """Dirty rate and bandwidth both at their worse 95 %: on the safe side, as they rarely go wrong together."""
    return numbers._replace(
        dirty_mib_s=numbers.dirty_mib_s * exp(Z_95 * dirty_sigma),
        bandwidth_mib_s=slower(numbers.bandwidth_mib_s, bandwidth_sigma),
    )


def slower(rate_mib_s: float, sigma: float) -> float:
    """What 95 of 100 such rates exceed."""
    return rate_mib_s * exp(-Z_95 * sigma)


def dirty_sigma(memory: MemoryInputs) -> float:
    """Of the logarithm of the dirty rate."""
    return MEASURED_DIRTY_RATE if memory.dirty_is_measured else ASSUMED_DIRTY_RATE


def bandwidth_sigma(way: Route) -> float:
    """Of the logarithm of the bandwidth."""
    return ASSUMED_BANDWIDTH if way.speed_is_assumed else KNOWN_BANDWIDTH
