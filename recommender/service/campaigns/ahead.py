"""Which campaigns and rolling maintenances want what comes next proposed before its window, to be approved by then."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from recommender.policy import AutomationLevel
from recommender.service.campaigns.at_set_times import propose_ahead as propose_batch
from recommender.service.rolling.at_set_times import propose_ahead as propose_wave
from recommender.service.set_times.due import job_of
from recommender.service.set_times.due_times import due_times, open_until
from recommender.settings.settings import Settings

LOOK_EVERY: Final = timedelta(hours=1)  # whether what stands is still as the world is


class LooksAhead:
    """Of one process."""

    def __init__(self) -> None:
        self._next: dict[str, datetime] = {}  # by job

    def due(self, settings: Settings, now: datetime) -> Iterator[tuple[str, Callable[..., None]]]:
        """The jobs to be looked at now, outside their windows, each with what proposes its next batch or wave.

        That wants the world, the journal and ``taught``.
        """
        for timed in settings.evacuation if settings.approval.service else ():
            job, level = job_of(timed), timed.automation_level or settings.policy.automation_level
            opens = next(due_times(timed, now), None)
            if timed.dry_run or level is AutomationLevel.MANUAL or opens is None:
                continue
            if open_until(timed, now) is not None or now < self._next.get(job, now):
                continue
            self._next[job] = now + LOOK_EVERY
            if timed.campaign is not None:
                yield job, partial(propose_batch, settings, timed, timed.campaign, opens)
            elif timed.rolling is not None:
                yield job, partial(propose_wave, settings, timed, timed.rolling, opens)
