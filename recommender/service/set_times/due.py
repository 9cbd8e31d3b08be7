"""What is due now of something that is done at set times, after all that the journal knows of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from recommender.journal.occurrences import Occurrence, OccurrenceState
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due_times import due_times, starts_at, window_of
from recommender.settings.schedule import EvacuationSettings, TimedSettings

LOOK_BACK: Final = timedelta(days=8)  # what was missed earlier is not written down any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """``at``: the due time that is to run now, ``None`` for none; it ``is_cut_off`` if an earlier process began it.

    ``missed`` are due times that never will run, each with the reason; ``over`` those that were cut off for good.
    """

    at: datetime | None = None
    is_cut_off: bool = False
    missed: dict[datetime, str] = field(default_factory=dict)
    over: tuple[datetime, ...] = ()


def job_of(timed: TimedSettings) -> str:
    """What the journal calls it."""
    return f"{'evacuation' if isinstance(timed, EvacuationSettings) else 'schedule'} {timed.name}"


def look(timed: TimedSettings, journal: ServiceJournal, now: datetime) -> Due:
    """What to do about it at ``now``. A time from before the service knew of it is nobody's business.

    Of several times that could run now the latest does; the others are missed. Raises ``JournalError``.
    """
    job = job_of(timed)
    timing = f"{timed.cron or timed.at} {timed.time_zone} {timed.duration_minutes}"
    since = max(journal.occurrences.known_since(job, timing, now), now - LOOK_BACK)
    rows = {row.due_at: row for row in journal.occurrences.of(job, since)}
    could: dict[datetime, bool] = {}
    missed: dict[datetime, str] = {}
    over: list[datetime] = []
    for due in _candidates(timed, rows, since, now):
        row = rows.get(due)
        if now >= due + window_of(timed):
            if row is None or row.state is OccurrenceState.ASKED:
                missed[due] = "it was not begun in its window"
            elif row.state is OccurrenceState.RUNNING:
                over.append(due)
        elif row is None or row.state is OccurrenceState.ASKED:
            if row is None and _is_too_late(timed, due, now):
                missed[due] = f"the service came {now - starts_at(timed, due)} late, and misfire says skip"
            else:
                could[due] = False
        elif row.state is OccurrenceState.RUNNING:
            if timed.interrupted == "continue":
                could[due] = True
            else:
                over.append(due)
    if not could:
        return Due(missed=missed, over=tuple(over))
    *earlier, at = sorted(could)
    missed |= {due: "a later one was due as well" for due in earlier if not could[due]}
    over += [due for due in earlier if could[due]]
    return Due(at=at, is_cut_off=could[at], missed=missed, over=tuple(over))


def next_due(timed: TimedSettings, journal: ServiceJournal, now: datetime) -> Iterator[datetime]:
    """The due times after ``now`` that nobody has skipped, endless for a cron text. Raises ``JournalError``."""
    skipped = {row.due_at for row in journal.occurrences.of(job_of(timed), now)}
    return (due for due in due_times(timed, now) if due not in skipped)


def _candidates(
    timed: TimedSettings, rows: dict[datetime, Occurrence], since: datetime, now: datetime
) -> Iterator[datetime]:
    by_time = takewhile(lambda due: due <= now, due_times(timed, since - timedelta(microseconds=1)))
    yield from (due for due in by_time if starts_at(timed, due) <= now)
    yield from (due for due, row in rows.items() if row.asked_by is not None and due <= now)


def _is_too_late(timed: TimedSettings, due: datetime, now: datetime) -> bool:
    grace = timedelta(minutes=timed.misfire_grace_minutes)
    return timed.misfire == "skip" and now - starts_at(timed, due) > grace
