"""What is done at set times, as one document for people and scripts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from recommender.journal.occurrences import Occurrence
from recommender.journal.store import DatabaseJournal
from recommender.service.set_times.due import LOOK_BACK, job_of
from recommender.service.set_times.due_times import due_times, starts_at, window_of
from recommender.settings.schedule import ScheduleSettings, TimedSettings
from recommender.settings.settings import Settings

SCHEDULES_FORMAT: Final = "recommender-schedules/1"
TIMES_FORMAT: Final = "recommender-times/1"


def schedules_document(settings: Settings, journal: DatabaseJournal | None, now: datetime) -> dict[str, Any]:
    """Every evacuation and schedule with its next time and what became of its last. Raises ``JournalError``."""
    timed = (*settings.evacuation, *settings.schedule)
    return {"format": SCHEDULES_FORMAT, "schedules": [_one(one, journal, now) for one in timed]}


def times_document(
    timed: Sequence[TimedSettings], journal: DatabaseJournal | None, now: datetime, number: int
) -> dict[str, Any]:
    """The next ``number`` times of all of them together. Raises ``JournalError``."""

    def of(one: TimedSettings) -> Any:
        return ((due, one) for due in due_times(one, now))

    skipped = {one.name: {row.due_at for row in _rows(one, journal, now)} for one in timed}
    times = islice(merge(*(of(one) for one in timed), key=lambda found: found[0]), number)
    return {"format": TIMES_FORMAT, "times": [_time(one, due, due in skipped[one.name]) for due, one in times]}


def occurrence_document(row: Occurrence) -> dict[str, Any]:
    """What became of one time."""
    return {
        "job": row.job,
        "due_at": row.due_at.isoformat(),
        "state": row.state.value,
        "asked_by": row.asked_by,
        "claimed_at": row.claimed_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "detail": row.detail,
    }


def _one(timed: TimedSettings, journal: DatabaseJournal | None, now: datetime) -> dict[str, Any]:
    rows = [row for row in _rows(timed, journal, now - LOOK_BACK) if row.due_at <= now]
    due = next((at for at in due_times(timed, now)), None)
    return {
        "name": timed.name,
        "kind": timed.kind if isinstance(timed, ScheduleSettings) else "evacuation",
        "cron": timed.cron or None,
        "time_zone": timed.time_zone,
        "vcenters": list(timed.vcenters),
        "duration_minutes": timed.duration_minutes,
        "dry_run": timed.dry_run,
        "next": None if due is None else _time(timed, due, due in {row.due_at for row in _rows(timed, journal, now)}),
        "last": occurrence_document(rows[-1]) if rows else None,
    }


def _time(timed: TimedSettings, due: datetime, is_skipped: bool) -> dict[str, Any]:  # noqa: FBT001  # private
    local = due.astimezone(ZoneInfo(timed.time_zone))
    return {
        "name": timed.name,
        "due_at": due.astimezone(UTC).isoformat(),
        "local": f"{local:%a %Y-%m-%d %H:%M %Z}",
        "time_zone": timed.time_zone,
        "starts_at": starts_at(timed, due).isoformat(),
        "window_ends_at": (due + window_of(timed)).isoformat(),
        "is_skipped": is_skipped,
    }


def _rows(timed: TimedSettings, journal: DatabaseJournal | None, since: datetime) -> tuple[Occurrence, ...]:
    return () if journal is None else journal.occurrences.of(job_of(timed), since)
