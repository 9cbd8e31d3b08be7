"""Pre-copy by an engine that looks at its dirty pages as soon as the rest fits the switchover goal.

QEMU's rule (migration/migration.c): a pass goes on until what is known to be left fits bandwidth · goal; only then the
dirty pages are looked up, and if the rest still fits, the guest is stopped. A bandwidth cap is kept by sending a
tenth of a second's share at full speed and then waiting for the next tenth; stop-and-copy knows no cap.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from recommender.migration.dirty_rate import PageClass
from recommender.migration.unsent_memory import UnsentMemory

TICK_S: Final = 0.1
SLICE_S: Final = 0.05  # the longest that is sent between two looks at the rest
# What is left settles within a few passes: either it comes to fit, or nothing changes any more.
MAX_PASSES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PacedPrecopy:
    """``seconds`` from start to end, ``downtime_s`` of them without the guest, after ``passes`` over its memory.

    ``converges`` is ``False`` where the rest never fitted the goal; ``seconds`` then is when looking was given up.
    """

    seconds: float
    downtime_s: float
    passes: int
    converges: bool


def paced_precopy(
    memory_mib: float,
    classes: tuple[PageClass, ...],
    *,
    speed_mib_s: float,
    cap_mib_s: float = inf,
    switchover_goal_s: float,
) -> PacedPrecopy:
    """The migration at ``speed_mib_s`` (what the wire and the hosts carry), capped to ``cap_mib_s`` until the stop."""
    memory = UnsentMemory(memory_mib, classes)
    fits_mib = min(speed_mib_s, cap_mib_s) * switchover_goal_s
    share_mib = cap_mib_s * TICK_S
    is_capped = cap_mib_s < speed_mib_s
    # What no look interrupts goes at once: whole tenths of a second of a capped migration, else whole slices.
    unit_mib, unit_s = (share_mib, TICK_S) if is_capped else (speed_mib_s * SLICE_S, SLICE_S)
    now, looked_at, tick, passes, left_mib = 0.0, 0.0, 0, 0, share_mib
    while True:
        if (now > 0 and memory.mib <= fits_mib) or memory.mib <= 0:
            memory.look(now - looked_at)
            looked_at, passes = now, passes + 1
            if memory.mib <= fits_mib:
                downtime_s = memory.mib / speed_mib_s
                return PacedPrecopy(seconds=now + downtime_s, downtime_s=downtime_s, passes=passes, converges=True)
        if passes >= MAX_PASSES:
            return PacedPrecopy(seconds=now, downtime_s=0.0, passes=passes, converges=False)
        if left_mib == share_mib:
            whole = int((memory.mib - fits_mib) / unit_mib) - 1
            if whole > 0:
                memory.send(whole * unit_mib)
                now += whole * unit_s
                tick = round(now / TICK_S)
        sent = min(memory.mib, left_mib, speed_mib_s * SLICE_S)
        memory.send(sent)
        now, left_mib = now + sent / speed_mib_s, left_mib - sent
        if not is_capped:
            left_mib = share_mib
        elif left_mib <= share_mib * 1e-9:
            tick, left_mib = tick + 1, share_mib
            now = max(now, tick * TICK_S)
        elif now >= (tick + 1) * TICK_S:
            tick, left_mib = int(now / TICK_S + 1e-9), share_mib
