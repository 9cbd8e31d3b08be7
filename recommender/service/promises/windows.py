"""In which windows a whole undertaking goes on, from the one that is open now."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from recommender.journal.occurrences import OccurrenceState
from recommender.planning.windows.campaign_rest import BatchWindow
from recommender.planning.windows.legs import OpenTime
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due import job_of
from recommender.service.set_times.due_times import due_times, window_of
from recommender.settings.schedule import TimedSettings

Windows = Callable[[], Iterable[OpenTime]]
ANY_TIME: Final = (OpenTime(opens_at=datetime.min.replace(tzinfo=UTC)),)


def any_time() -> tuple[OpenTime, ...]:
    """The only window of who does not stop before all is done."""
    return ANY_TIME


def set_times(timed: TimedSettings, due: datetime, journal: ServiceJournal) -> Iterator[OpenTime]:
    """The window since ``due`` and all that follow, without those that a person skips; endless for a cron text.

    Raises ``JournalError``.
    """
    rows = journal.occurrences.of(job_of(timed), due)
    skipped = {row.due_at for row in rows if row.state is OccurrenceState.SKIPPED}
    yield OpenTime(opens_at=due, closes_at=due + window_of(timed))
    for later in due_times(timed, due):
        if later not in skipped:
            yield OpenTime(opens_at=later, closes_at=later + window_of(timed))


def later_windows(timed: TimedSettings, due: datetime, journal: ServiceJournal) -> Iterator[BatchWindow]:
    """Those after ``due``, each with all of its time. Raises ``JournalError``."""
    room_s = window_of(timed).total_seconds()
    for one in set_times(timed, due, journal):
        if one.opens_at > due:
            yield BatchWindow(opens_at=one.opens_at, room_s=room_s)
