"""What kind of day a seed plays: when it begins, and the evacuation whose window opens within its first hours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from recommender.policy import AutomationLevel, Policy
from recommender.settings.automation import AutomationSettings
from recommender.settings.hook import HookSettings
from recommender.settings.rolling import RollingSettings
from recommender.settings.schedule import EvacuationSettings, ServeSettings
from recommender.settings.settings import JournalSettings, Settings

WINDOW_MINUTES: Final = 60
MOVES_PER_HOUR: Final = 6
COOL_DOWN_MINUTES: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """``first_opening`` and ``daily_from`` (aware UTC) are written down by hand, so that cron is checked as well.

    ``daily_from`` is the second opening; one more follows each day, until the clocks change again.
    """

    starts_at: datetime
    cron: str
    time_zone: str
    first_opening: datetime
    daily_from: datetime

    def opening_before(self, at: datetime) -> datetime | None:
        """The last opening that is not later than ``at``."""
        if at < self.daily_from:
            return self.first_opening if at >= self.first_opening else None
        return self.daily_from + (at - self.daily_from) // timedelta(days=1) * timedelta(days=1)


def _utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


DAYS: Final = (
    Day(
        starts_at=_utc(1, 5, 21, 20),
        cron="0 22 * * *",
        time_zone="UTC",
        first_opening=_utc(1, 5, 22),
        daily_from=_utc(1, 6, 22),
    ),
    # There is no 02:30 in Berlin on this day: it is made up for at 03:00.
    Day(
        starts_at=_utc(3, 29, 0, 10),
        cron="30 2 * * *",
        time_zone="Europe/Berlin",
        first_opening=_utc(3, 29, 1),
        daily_from=_utc(3, 30, 0, 30),
    ),
    # On this day there are two, and the first one counts.
    Day(
        starts_at=_utc(10, 25, 0, 10),
        cron="30 2 * * *",
        time_zone="Europe/Berlin",
        first_opening=_utc(10, 25, 0, 30),
        daily_from=_utc(10, 26, 1, 30),
    ),
)


def settings_of(day: Day, seed: int, url: str, hosts: tuple[str, ...], turn: timedelta) -> Settings:
    """A service that does everything by itself, with budgets that it meets, and windows in which it empties hosts.

    Two evacuations are due at the same time. Of every fourth seed the second one is a rolling maintenance with a hook.
    """
    times: dict[str, Any] = {"cron": day.cron, "time_zone": day.time_zone, "duration_minutes": WINDOW_MINUTES}
    work = HookSettings(command=("/bin/true",))  # never run: a rehearsal has hooks of its own
    rolling = RollingSettings(work=work, work_minutes=10) if seed % 4 == 0 else None
    return Settings(
        policy=Policy(automation_level=AutomationLevel.FULLY_AUTOMATED),
        serve=ServeSettings(poll_interval_s=turn.total_seconds()),
        automation=AutomationSettings(
            hold_rounds=1, moves_per_hour=MOVES_PER_HOUR, cool_down_minutes=COOL_DOWN_MINUTES, least_gain_share=0
        ),
        evacuation=(
            EvacuationSettings(name="nightly", hosts=hosts[:1], maintenance_mode=seed % 2 == 0, **times),
            EvacuationSettings(name="second", hosts=hosts[1:], rolling=rolling, **times),
        ),
        journal=JournalSettings(url=url),
    )
