"""A name and a time happen once on a journal: schedules of different daemons may not have one name."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final

import structlog

from recommender.errors import JournalError
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due import job_of
from recommender.service.world import World
from recommender.settings.settings import Settings

KEPT_POLLS: Final = 3  # so long a territory keeps the names of its schedules while nobody leads there


class ScheduleNames:
    """Of one worker. A name that another territory has is told once, until it is ours."""

    def __init__(self, journal: ServiceJournal) -> None:
        self._journal, self._refused = journal, frozenset[str]()

    def ours(self, settings: Settings, world: World) -> Collection[str]:
        """The jobs that may run here; none while the journal cannot be asked."""
        jobs = {job_of(timed) for timed in (*settings.evacuation, *settings.schedule)}
        if not jobs:
            return jobs
        log: Any = structlog.get_logger()
        territory = ",".join(sorted(world.vcenters or ()))
        try:
            ours = self._journal.presence.take_names(jobs, territory, KEPT_POLLS * settings.serve.poll_interval_s)
        except JournalError as error:
            log.error("what is due cannot be told", error=str(error))
            return ()
        refused = frozenset(jobs - ours)
        for job in sorted(refused - self._refused):
            told = (
                f"{job} does not run here: another daemon has one of this name for other vCenters, rename one of them"
            )
            log.error("two schedules have one name", job=job, territory=territory)
            with suppress(JournalError):
                self._journal.record_cycle(world.clock.now(), "schedule", "failed", told)
        self._refused = refused
        return ours
