"""When something is due, behind APScheduler's trigger interface.

APScheduler's own cron reads Sunday as 6, joins day-of-month and day-of-week by *and*, and fires a 02:30 job twice in
the autumn; cronsim does as Debian's cron does. APScheduler only says when: the journal decides whether.
"""

from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from recommender.service.set_times.due_times import due_times, starts_at
from recommender.settings.schedule import TimedSettings


class DueTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires whenever something is to start, or so long before."""

    def __init__(self, timed: TimedSettings, before: timedelta = timedelta(0)) -> None:
        self.timed, self.before = timed, before

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first start after the previous one (or, at the beginning, from now on); ``None`` after the last."""
        after = (previous_fire_time or now - timedelta(minutes=1)) + self.before
        earliest = after - timedelta(seconds=self.timed.jitter_s)
        starts = (starts_at(self.timed, due) for due in due_times(self.timed, earliest))
        return next((start - self.before for start in starts if start > after), None)
