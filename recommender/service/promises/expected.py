"""What is expected of a whole undertaking, in a form that the journal keeps, so that another process goes on from it.

All times are aware UTC.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from recommender.planning.windows.legs import DatedLeg, Leg, OpenTime, dated_legs
from recommender.report.quantity_text import duration_text


class Kept(BaseModel):
    """Values that are read back as they were written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return self.model_dump(mode="json")


class BegunLeg(Kept):
    """A wave or batch that has begun; ``number`` is ``None`` for the way home. ``ends_at``: once it has ended."""

    number: int | None
    starts_at: datetime
    ends_at: datetime | None = None


class ComingLeg(Kept):
    """A wave or batch that is to begin, when it is expected to; ``None`` in a window of which no date is known."""

    number: int | None
    starts_at: datetime | None
    ends_at: datetime | None


class End(Kept):
    """``ends_at`` is ``None`` where it is not known, for the ``reason`` if there is one.

    The window is that in which it ends, if that closes ever; ``window``: the number of it in a campaign, from 1.
    """

    ends_at: datetime | None
    window_opens_at: datetime | None = None
    window_closes_at: datetime | None = None
    window: int | None = None
    reason: str = ""


NOTHING_SAID: Final = End(ends_at=None)


class Expected(Kept):
    """As it was looked at last.

    ``under_way_until``: when what runs ends, by medians, if anything runs. ``p95_at``: the end with each leg at its
    p95, ``None`` where that fits no windows. ``left_s``: what is left to be done at medians, windows not counted.
    ``said``: what people were told last. ``window``: how many windows of a campaign have begun, and when the last did.
    """

    looked_at: datetime
    end: End
    p95_at: datetime | None
    left_s: float
    said: End
    under_way_until: datetime | None = None
    begun: tuple[BegunLeg, ...] = ()
    to_come: tuple[ComingLeg, ...] = ()
    window: int = 0
    window_opened_at: datetime | None = None


def expected_of(
    legs: Sequence[tuple[int | None, Leg]],
    now: datetime,
    windows: Callable[[], Iterable[OpenTime]],
    *,
    under_way: Leg | None = None,
    reason: str = "",
) -> Expected:
    """Dates for ``legs``, with their numbers, after what is ``under_way``, which waits for no window.

    ``reason``: why it does not go on, so that nothing is dated. Nothing of it counts as said.
    """
    only = [leg for _, leg in legs]
    running_s, running_p95_s = (under_way.takes_s, under_way.p95_s) if under_way else (0.0, 0.0)
    left_s = running_s + sum(leg.takes_s for leg in only)
    if reason:
        unknown = End(ends_at=None, reason=reason)
        return Expected(looked_at=now, end=unknown, p95_at=None, left_s=left_s, said=NOTHING_SAID)
    free_at = now + timedelta(seconds=running_s)
    dated = dated_legs(only, free_at, windows())
    late_at = now + timedelta(seconds=running_p95_s)
    late = dated_legs([Leg(takes_s=leg.p95_s, p95_s=leg.p95_s) for leg in only], late_at, windows())
    to_come = tuple(
        ComingLeg(number=number, starts_at=one.starts_at, ends_at=one.ends_at)
        for (number, _), one in zip(legs, dated, strict=False)
    )
    is_late_dated = len(late) == len(only)
    return Expected(
        looked_at=now,
        end=_end(only, dated, free_at, windows),
        p95_at=(late[-1].ends_at if late else late_at) if is_late_dated else None,
        left_s=left_s,
        said=NOTHING_SAID,
        under_way_until=free_at if under_way else None,
        to_come=to_come,
    )


def _end(
    legs: Sequence[Leg], dated: Sequence[DatedLeg], free_at: datetime, windows: Callable[[], Iterable[OpenTime]]
) -> End:
    if len(dated) < len(legs):
        needed = duration_text(legs[len(dated)].p95_s)
        return End(ends_at=None, reason=f"what comes next takes {needed} (p95), which no window to come holds")
    window = dated[-1].window if dated else next(iter(windows()), None)
    ends_at = dated[-1].ends_at if dated else free_at
    if window is None or window.closes_at is None:
        return End(ends_at=ends_at)
    return End(ends_at=ends_at, window_opens_at=window.opens_at, window_closes_at=window.closes_at)
