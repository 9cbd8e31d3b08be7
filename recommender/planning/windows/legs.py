"""What is done one after another, each in one go, put into the windows to come: when each begins and ends.

No search: what each takes is known from a plan that was made before, so that the dates follow at once whenever one is
late. A leg that a window does not hold waits for the next one, as the one who carries it out lets it wait.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WHOLE_WINDOWS: Final = 2  # a leg that so many windows, free from their openings on, do not hold is held by none


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """``takes_s`` at median durations, ``p95_s`` in all but 5 of 100 cases: so long it has to fit its window."""

    takes_s: float
    p95_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTime:
    """Aware times; ``closes_at`` is ``None`` for a window that never closes."""

    opens_at: datetime
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedLeg:
    """When a leg begins and ends, at its median duration, and in which window."""

    starts_at: datetime
    ends_at: datetime
    window: OpenTime


def dated_legs(legs: Sequence[Leg], now: datetime, windows: Iterable[OpenTime]) -> tuple[DatedLeg, ...]:
    """The dates of ``legs``, in their order, from ``now`` on; fewer where the next one fits none of the ``windows``.

    ``windows`` in order, and as many as there are: they may be endless.
    """
    found: list[DatedLeg] = []
    coming = iter(windows)
    window, at = next(coming, None), now
    for leg in legs:
        tried = 0
        while window is not None:
            at = max(at, window.opens_at)
            if window.closes_at is None or at + timedelta(seconds=leg.p95_s) <= window.closes_at:
                break
            tried += at == window.opens_at
            window = next(coming, None) if tried < WHOLE_WINDOWS else None
        if window is None:
            break
        ends_at = at + timedelta(seconds=leg.takes_s)
        found.append(DatedLeg(starts_at=at, ends_at=ends_at, window=window))
        at = ends_at
    return tuple(found)
