"""When something is due: cron texts by cronsim behind APScheduler's trigger interface.

APScheduler's own cron reads Sunday as 6, joins day-of-month and day-of-week by *and*, and fires a 02:30 job twice in
the autumn; cronsim does as Debian's cron does. APScheduler only says when: the journal decides whether.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from cronsim import CronSim


class CronTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires at the times of a cron text, read in a time zone."""

    def __init__(self, cron: str, time_zone: str) -> None:
        self.cron, self.time_zone = cron, time_zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first time after the previous one (or, at the start, from now on)."""
        after = previous_fire_time or now - timedelta(minutes=1)
        return next_time(self.cron, self.time_zone, after)


def next_time(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first time later than ``after`` (aware) at which ``cron`` is due, as aware UTC.

    A text for a date that never comes (31 February) is refused when it is parsed, so there is always a next time.
    """
    due: datetime = next(CronSim(cron, after.astimezone(ZoneInfo(time_zone))))
    return due.astimezone(UTC)
