"""What one TCP connection carries over a distance: its window and its losses."""

from math import inf, sqrt
from typing import Final

from recommender.quantities import BYTES_PER_MIB

# Of a socket buffer the kernel keeps a part for its own books; what is in flight was 0.60 to 0.63 of it in
# migrations between QEMU processes over 50 to 150 ms (Linux, Reno and BBR alike).
WINDOW_SHARE: Final = 0.62
# Connecting, and the first windows while the congestion window opens.
OPENING_ROUND_TRIPS: Final = 2
SEGMENT_BYTES: Final = 1448


def window_mib_s(buffer_mib: float, *, rtt_ms: float) -> float:
    """The rate at which one connection's window is sent and acknowledged; ``inf`` without any round-trip time."""
    return WINDOW_SHARE * buffer_mib / (rtt_ms / 1000) if rtt_ms > 0 else inf


def loss_mib_s(loss: float, *, rtt_ms: float) -> float:
    """What one connection reaches when the share ``loss`` of its segments is lost; ``inf`` without loss or RTT.

    √(3/2) · segment / (RTT · √loss): Mathis et al., *The Macroscopic Behavior of the TCP Congestion Avoidance
    Algorithm*, CCR 1997.
    """
    if loss <= 0 or rtt_ms <= 0:
        return inf
    return sqrt(1.5) * SEGMENT_BYTES / BYTES_PER_MIB / (rtt_ms / 1000 * sqrt(loss))
