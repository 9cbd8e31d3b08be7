"""When something is due, and how long its window is open: cron texts by cronsim, as Debian's cron understands them."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from recommender.settings.schedule import TimedSettings, WindowSettings


def next_time(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first time later than ``after`` (aware) at which ``cron`` is due, as aware UTC.

    A text for a date that never comes (31 February) is refused when it is parsed, so there is always a next time.
    """
    due: datetime = next(CronSim(cron, after.astimezone(ZoneInfo(time_zone))))
    return due.astimezone(UTC)


def due_times(timed: WindowSettings, after: datetime) -> Iterator[datetime]:
    """Every time later than ``after`` at which it is due, aware UTC; endless for a cron text."""
    at = timed.at if isinstance(timed, TimedSettings) else None
    if at is not None:
        once = at.replace(tzinfo=ZoneInfo(timed.time_zone)).astimezone(UTC)
        yield from (once,) if once > after else ()
        return
    while True:
        after = next_time(timed.cron, timed.time_zone, after)
        yield after


def starts_at(timed: TimedSettings, due: datetime) -> datetime:
    """When it starts that is due then: later by its jitter, which is the same in every process."""
    if not timed.jitter_s:
        return due
    digest = hashlib.sha256(f"{timed.name} {due.isoformat()}".encode()).digest()
    return due + timedelta(seconds=int.from_bytes(digest[:8], "big") % (timed.jitter_s + 1))


def window_of(timed: WindowSettings) -> timedelta:
    """How long its window is open, in real time."""
    return timedelta(minutes=timed.duration_minutes)


def open_until(window: WindowSettings, now: datetime) -> datetime | None:
    """When the window that is open now closes, the last of several; ``None`` while none is open."""
    closes = None
    for opens in due_times(window, now - window_of(window)):
        if opens > now:
            break
        closes = opens + window_of(window)
    return closes
