"""How long the guest stands still at the switchover."""

from typing import Final

# Starting values, to be learnt per site: saving and loading registers and devices, and starting the guest at the
# destination (its network announcement included). Neither is in vSphere's API.
DEVICE_STATE_S: Final = 0.05
ACTIVATION_S: Final = 0.05
# The source stops, the destination confirms that it has all, the source lets go.
ROUND_TRIPS: Final = 3


def fixed_downtime_s(rtt_ms: float) -> float:
    """The part of the downtime that does not depend on memory, in seconds."""
    return DEVICE_STATE_S + ACTIVATION_S + ROUND_TRIPS * rtt_ms / 1000


def downtime_s(last_mib: float, *, bandwidth_mib_s: float, rtt_ms: float) -> float:
    """Stop-and-copy of ``last_mib`` plus the fixed part, in seconds."""
    return last_mib / bandwidth_mib_s + fixed_downtime_s(rtt_ms)
