"""The few conversions between units, and the most there may be; elsewhere the unit stands at the end of the name."""

from typing import Final

BYTES_PER_MIB: Final = 1 << 20
BITS_PER_MIB: Final = 8 * BYTES_PER_MIB
SECONDS_PER_MINUTE: Final = 60
MIB_PER_GIB: Final = 1024
MOST: Final = 10**14  # of MHz, MiB, cores: more is a slip of the pen, and sums of it are no longer exact


def mib_from_bytes(size_bytes: int) -> int:
    """Whole MiB that hold ``size_bytes`` (rounded up, so that a need is never told too small)."""
    return -(-size_bytes // BYTES_PER_MIB)


def mib_s_from_mbit_s(rate_mbit_s: float) -> float:
    """MiB per second carried by a rate of ``rate_mbit_s`` (10^6 bits per second)."""
    return rate_mbit_s * 1e6 / BITS_PER_MIB


def mbit_s_from_mib_s(rate_mib_s: float) -> float:
    """The other way round."""
    return rate_mib_s * BITS_PER_MIB / 1e6


def percent_of(part: float, whole: float) -> float:
    """``part`` as a percentage of ``whole``; 0 where there is no whole."""
    return 100.0 * part / whole if whole else 0.0
