"""Occurrences: one row for each time that something was due, whatever became of it; its key makes it happen once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from recommender.errors import JournalError
from recommender.journal.audit_chain import append
from recommender.journal.connections import Connections
from recommender.journal.tables import occurrences, schedules


class OccurrenceState(StrEnum):
    """An occurrence's life: asked for by a person, or not there until it runs, is skipped or missed."""

    ASKED = "asked"  # by a person, to run now
    RUNNING = "running"  # it was claimed; after a crash: cut off
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # it was cut off, and nothing goes on with it
    SKIPPED = "skipped"  # a person did not want it
    MISSED = "missed"  # the service did not run, or not in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What ``job`` did that was due at ``due_at``; times are aware UTC. ``asked_by``: the person, if it was one."""

    job: str
    due_at: datetime
    state: OccurrenceState
    claimed_at: datetime
    claimed_by: str | None
    asked_by: str | None
    ended_at: datetime | None
    detail: str | None


class Occurrences:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def known_since(self, job: str, timing: str, at: datetime) -> datetime:
        """Since when this job has had this ``timing``, which is written down where it is new."""
        with self._connections.look() as connection:
            if (found := _known(connection, job)) is not None and found.timing == timing:
                since: datetime = found.known_since
                return since
        with self._connections.transaction("record a schedule") as connection:
            found = _known(connection, job)
            if found is None:
                connection.execute(insert(schedules).values(job=job, timing=timing, known_since=at))
            elif found.timing != timing:
                change = update(schedules).where(schedules.c.job == job)
                connection.execute(change.values(timing=timing, known_since=at))
            else:
                earlier: datetime = found.known_since
                return earlier
        return at

    def claim(self, job: str, due_at: datetime, at: datetime, by: str = "") -> bool:
        """Whether this call, of all in all processes, is the first for this job at this time: it alone may act.

        What a person has asked for is claimed so as well.
        """
        change = {"state": OccurrenceState.RUNNING.value, "claimed_at": at, "claimed_by": by}
        try:
            with self._connections.transaction("claim an occurrence") as connection:
                asked = update(occurrences).where(*_is(job, due_at, OccurrenceState.ASKED)).values(change)
                if not connection.execute(asked).rowcount:
                    connection.execute(insert(occurrences).values(change | {"job": job, "due_at": due_at}))
                append(connection, at, "occurrence", by, {"job": job, "due_at": due_at.isoformat()})
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    def take_over(self, job: str, due_at: datetime, at: datetime, by: str) -> bool:
        """Go on with one that was cut off, or is ours already and waits; whether it may be."""
        is_running = _is(job, due_at, OccurrenceState.RUNNING)
        ours = select(occurrences.c.job).where(*is_running, occurrences.c.claimed_by == by)
        with self._connections.look() as connection:
            if by and connection.scalar(ours) is not None:
                return True
        with self._connections.transaction("take over an occurrence") as connection:
            running = update(occurrences).where(*is_running)
            taken = connection.execute(running.values(claimed_by=by)).rowcount == 1
            if taken:
                told = {"job": job, "due_at": due_at.isoformat(), "detail": "taken over after it was cut off"}
                append(connection, at, "occurrence", by, told)
        return taken

    def end(self, job: str, due_at: datetime, state: OccurrenceState, at: datetime, by: str, detail: str) -> None:
        """How it ended that ``by`` had claimed; nothing happens if somebody else has taken it over meanwhile."""
        mine = (*_is(job, due_at, OccurrenceState.RUNNING), occurrences.c.claimed_by == by)
        with self._connections.transaction("record how an occurrence ended") as connection:
            ended = update(occurrences).where(*mine)
            connection.execute(ended.values(state=state.value, ended_at=at, detail=detail))

    def give_up(self, job: str, due_at: datetime, former: OccurrenceState, at: datetime, detail: str) -> None:
        """What was asked for is missed, what was running is cut off for good; nothing happens in another state."""
        state = OccurrenceState.MISSED if former is OccurrenceState.ASKED else OccurrenceState.INTERRUPTED
        with self._connections.transaction("record how an occurrence ended") as connection:
            ended = update(occurrences).where(*_is(job, due_at, former))
            connection.execute(ended.values(state=state.value, ended_at=at, detail=detail))

    def settle(self, job: str, due_at: datetime, state: OccurrenceState, at: datetime, by: str, detail: str) -> bool:
        """It does not run: skipped or missed, or it is asked for; false if it has a row already."""
        values = {"job": job, "due_at": due_at, "state": state.value, "claimed_at": at, "detail": detail}
        asked = state is OccurrenceState.ASKED
        values |= {"asked_by": by} if asked else {"claimed_by": by, "ended_at": at}
        try:
            with self._connections.transaction("record an occurrence") as connection:
                connection.execute(insert(occurrences).values(values))
                append(connection, at, state.value, by, {"job": job, "due_at": due_at.isoformat(), "detail": detail})
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    def of(self, job: str, since: datetime) -> tuple[Occurrence, ...]:
        """Those of a job that were due at or after ``since``, oldest first."""
        with self._connections.look() as connection:
            which = (occurrences.c.job == job, occurrences.c.due_at >= since)
            query = select(occurrences).where(*which).order_by(occurrences.c.due_at)
            return tuple(_occurrence(row) for row in connection.execute(query).mappings())

    def asked(self) -> tuple[Occurrence, ...]:
        """What people have asked for and nobody has claimed, oldest first."""
        with self._connections.look() as connection:
            query = select(occurrences).where(occurrences.c.state == OccurrenceState.ASKED.value)
            rows = connection.execute(query.order_by(occurrences.c.due_at)).mappings()
            return tuple(_occurrence(row) for row in rows)

    def last(self, limit: int) -> tuple[Occurrence, ...]:
        """The ``limit`` that were claimed or settled last, latest first."""
        with self._connections.look() as connection:
            query = select(occurrences).order_by(occurrences.c.claimed_at.desc(), occurrences.c.job).limit(limit)
            return tuple(_occurrence(row) for row in connection.execute(query).mappings())


def _known(connection: Connection, job: str) -> Any:
    return connection.execute(select(schedules).where(schedules.c.job == job)).first()


def _is(job: str, due_at: datetime, state: OccurrenceState) -> tuple[Any, ...]:
    return occurrences.c.job == job, occurrences.c.due_at == due_at, occurrences.c.state == state.value


def _occurrence(row: Any) -> Occurrence:
    return Occurrence(**(dict(row) | {"state": OccurrenceState(row["state"])}))
