"""When something is due: cron texts by cronsim behind APScheduler's trigger interface.

APScheduler's own cron reads Sunday as 6, joins day-of-month and day-of-week by *and*, and fires a 02:30 job twice in
the autumn; cronsim does as Debian's cron does. APScheduler only says when: the journal decides whether.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from cronsim import CronSim

from recommender.settings.schedule import TimedSettings, WindowSettings


class DueTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires whenever something is to start."""

    def __init__(self, timed: TimedSettings) -> None:
        self.timed = timed

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first start after the previous one (or, at the beginning, from now on); ``None`` after the last."""
        after = previous_fire_time or now - timedelta(minutes=1)
        earliest = after - timedelta(seconds=self.timed.jitter_s)
        starts = (starts_at(self.timed, due) for due in due_times(self.timed, earliest))
        return next((start for start in starts if start > after), None)


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
