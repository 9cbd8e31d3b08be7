"""One occurrence from its claim to its end, which the journal remembers, so that it happens once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog

from recommender.errors import JournalError, RecommenderError
from recommender.journal.occurrences import OccurrenceState
from recommender.ports import Clock
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due import Due, job_of
from recommender.service.set_times.due_times import window_of
from recommender.settings.schedule import TimedSettings

UNFINISHED: Final = "it was not complete, and nothing goes on with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOccurrence:
    """``timed`` is due since ``due``; ``by`` names this process. Nothing of it may start after ``deadline``."""

    timed: TimedSettings
    due: datetime
    by: str
    is_cut_off: bool
    journal: ServiceJournal
    clock: Clock

    @property
    def deadline(self) -> datetime:
        """When its window closes, aware UTC."""
        return self.due + window_of(self.timed)

    def goes_on(self, *, is_open: bool) -> bool:
        """Whether a later turn goes on with it, where migrations of it are still open that hang."""
        return is_open and self.timed.interrupted == "continue" and self.clock.now() < self.deadline

    def claim(self) -> bool:
        """Whether it is ours to carry out: to be asked right before it begins. Raises ``JournalError``."""
        job, now = job_of(self.timed), self.clock.now()
        if self.is_cut_off:
            return self.journal.occurrences.take_over(job, self.due, now, self.by)
        return self.journal.claim_occurrence(job, self.due, now, self.by)

    def run(self, work: Callable[["OpenOccurrence"], str | None], is_stopped: Callable[[], bool]) -> bool:
        """Do it; ``work`` claims it and tells what it did, ``None`` if it was not claimed or stays due; whether it did.

        What was claimed ends as done or failed. Where this process has to stop it does not end: the next one goes on.
        """
        try:
            told = work(self)
        except RecommenderError as error:
            if not isinstance(error, JournalError):  # of which handing over is one, and a lease that was lost
                self._end(OccurrenceState.FAILED, str(error))
            raise
        if told is not None and not is_stopped():
            self._end(OccurrenceState.DONE, told)
        return told is not None

    def _end(self, state: OccurrenceState, told: str) -> None:
        self.journal.occurrences.end(job_of(self.timed), self.due, state, self.clock.now(), self.by, told)


def write_down(timed: TimedSettings, due: Due, journal: ServiceJournal, now: datetime, by: str) -> None:
    """What was missed or cut off for good. Raises ``JournalError``."""
    log: Any = structlog.get_logger()
    for at, why in due.missed.items():
        if journal.occurrences.settle(job_of(timed), at, OccurrenceState.MISSED, now, by, why):
            log.warning("missed", job=job_of(timed), due_at=at.isoformat(), why=why)
        else:
            journal.occurrences.give_up(job_of(timed), at, OccurrenceState.ASKED, now, why)
    for at in due.over:
        log.warning("cut off for good", job=job_of(timed), due_at=at.isoformat())
        journal.occurrences.give_up(job_of(timed), at, OccurrenceState.RUNNING, now, UNFINISHED)
