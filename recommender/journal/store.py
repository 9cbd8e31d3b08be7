"""The journal in a database; each call is one transaction, on disk before it returns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from recommender.errors import JournalError, PlanAlreadyApplied
from recommender.inventory.recent_move import RecentMove
from recommender.journal import history, tables
from recommender.journal.database import reading_engine, writing_engine
from recommender.journal.database_errors import told_as_journal_error
from recommender.journal.records import CycleRecord, PlanRecord, StepRecord
from recommender.journal.sole_actor import sole_actor
from recommender.journal.transitions import ENDS, FORMER_STATES, OUTCOMES
from recommender.journal.upgrade import REVISION, newer_journal, revision_of, upgrade
from recommender.planning.plan import PlanStep
from recommender.ports import OpenStep, StepOutcome, StepState, TaskRef


@contextmanager
def open_journal(url: str) -> Iterator["DatabaseJournal"]:
    """The journal at ``url`` (``sqlite:///PATH`` or ``postgresql+psycopg://…``), made or upgraded if need be.

    Raises ``JournalError`` if it cannot be, or if a newer version of this program has upgraded it.
    """
    engine = writing_engine(url)
    try:
        with told_as_journal_error("be opened"):
            with engine.execution_options(reading=True).connect() as connection:
                found = revision_of(connection)
            if found != REVISION:
                with engine.begin() as connection:
                    upgrade(connection)
        yield DatabaseJournal(engine)
    finally:
        engine.dispose()


@contextmanager
def open_read_only(url: str) -> Iterator["DatabaseJournal | None"]:
    """The journal at ``url`` for looking only, ``None`` if there is none; nothing is made or upgraded.

    Raises ``JournalError`` if it cannot be read.
    """
    engine = reading_engine(url)
    if engine is None:
        yield None
        return
    try:
        with told_as_journal_error("be opened"), engine.execution_options(reading=True).connect() as connection:
            found = revision_of(connection)
        if found is not None and found != REVISION:
            raise newer_journal(found)
        yield DatabaseJournal(engine) if found else None
    finally:
        engine.dispose()


class DatabaseJournal:
    """Implements ``Journal``; every method raises ``JournalError``. Safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(reading=True)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Within, no other process carries out a plan with this journal; raises ``JournalError`` where another does."""
        with sole_actor(self._engine):
            yield

    def begin_plan(self, plan_id: str, document: str, author: str, at: datetime) -> None:
        """Claim a plan for the one application it may have. Raises ``PlanAlreadyApplied``."""
        values = {"id": plan_id, "document": document, "author": author, "begun_at": at}
        try:
            with self._transaction("record that a plan begins") as connection:
                connection.execute(insert(tables.plans).values(values))
        except JournalError as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
            with self._look() as connection:
                earlier = connection.execute(select(tables.plans).where(tables.plans.c.id == plan_id)).one_or_none()
            if earlier is None:
                raise
            raise PlanAlreadyApplied(
                f"plan {plan_id[:12]} was applied before, at {earlier.begun_at:%Y-%m-%d %H:%M:%S} UTC"
                f"{f' by {earlier.author}' if earlier.author else ''}: make a new plan"
            ) from error

    def add_steps(self, plan_id: str, steps: Sequence[tuple[PlanStep, str]], at: datetime) -> None:  # noqa: ARG002  # the port's
        """Write the plan's steps, each with its VM's instance UUID, as pending."""
        rows = [_new_step(plan_id, step, instance_uuid) for step, instance_uuid in steps]
        with self._transaction("record a plan's steps") as connection:
            _require_open_plan(connection, plan_id)
            if rows:
                connection.execute(insert(tables.steps), rows)

    def record_intent(self, plan_id: str, number: int, operation_id: str, at: datetime) -> None:
        """Before sending: this step is about to be sent. Only a pending step of a plan that has not ended may be."""
        with self._transaction("record an intent") as connection:
            _require_open_plan(connection, plan_id)
            change = {"operation_id": operation_id, "intended_at": at}
            _change_step(connection, plan_id, number, StepState.INTENT, change)

    def record_submitted(self, plan_id: str, number: int, task: TaskRef, at: datetime) -> None:
        """vCenter answered with a task, or looking found it."""
        with self._transaction("record a task") as connection:
            _change_step(connection, plan_id, number, StepState.SUBMITTED, {"task": task, "submitted_at": at})

    def record_outcome(self, plan_id: str, number: int, outcome: StepOutcome, at: datetime) -> None:
        """How it ended (or that it is unknown so far)."""
        if outcome.state not in OUTCOMES:
            raise JournalError(f"a step cannot end as {outcome.state.value}")
        change = {
            "detail": outcome.detail,
            "duration_s": outcome.duration_s,
            "ended_at": at if outcome.state in ENDS else None,
        }
        with self._transaction("record an outcome") as connection:
            _change_step(connection, plan_id, number, outcome.state, change)

    def end_plan(self, plan_id: str, at: datetime) -> None:
        """Nothing more will be started for this plan. Ending it again changes nothing."""
        with self._transaction("record that a plan ends") as connection:
            still_open = update(tables.plans).where(tables.plans.c.id == plan_id, tables.plans.c.ended_at.is_(None))
            if connection.execute(still_open.values(ended_at=at)).rowcount:
                return
            if connection.scalar(select(tables.plans.c.id).where(tables.plans.c.id == plan_id)) is None:
                raise JournalError(f"the journal has no plan {plan_id[:12]}")

    def claim_occurrence(self, job: str, due_at: datetime, at: datetime) -> bool:
        """Whether this call, of all in all processes, is the first for this job at this time: it alone may act."""
        try:
            with self._transaction("claim an occurrence") as connection:
                connection.execute(insert(tables.occurrences).values(job=job, due_at=due_at, claimed_at=at))
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    def record_cycle(self, at: datetime, kind: str, status: str, detail: str) -> None:
        """One turn of the service is over."""
        with self._transaction("record a cycle") as connection:
            connection.execute(insert(tables.cycles).values(at=at, kind=kind, status=status, detail=detail))

    def has_plan(self, plan_id: str) -> bool:
        """Whether this plan was begun before, so that it can never be begun again."""
        with self._look() as connection:
            return connection.scalar(select(tables.plans.c.id).where(tables.plans.c.id == plan_id)) is not None

    def open_steps(self) -> tuple[OpenStep, ...]:
        """Steps that a crash may have left behind, oldest intent first."""
        with self._look() as connection:
            return history.open_steps(connection)

    def recent_moves(self, since: datetime) -> tuple[RecentMove, ...]:
        """Migrations that were done since then, oldest first."""
        with self._look() as connection:
            return history.recent_moves(connection, since)

    def plans(self, limit: int) -> tuple[PlanRecord, ...]:
        """The ``limit`` plans that were begun last, latest first."""
        with self._look() as connection:
            return history.plan_records(connection, limit)

    def steps(self, plan_id: str) -> tuple[StepRecord, ...]:
        """All steps of a plan, by number; none for a plan that is not there."""
        with self._look() as connection:
            return history.step_records(connection, plan_id)

    def cycles(self, limit: int) -> tuple[CycleRecord, ...]:
        """The ``limit`` last cycles, latest first."""
        with self._look() as connection:
            return history.cycle_records(connection, limit)

    @contextmanager
    def _transaction(self, what: str) -> Iterator[Connection]:
        with told_as_journal_error(what), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _look(self) -> Iterator[Connection]:
        with told_as_journal_error("be read"), self._reader.begin() as connection:
            yield connection


def _require_open_plan(connection: Connection, plan_id: str) -> None:
    # The row is locked until the transaction ends, so that the plan cannot end in between.
    query = select(tables.plans.c.ended_at).where(tables.plans.c.id == plan_id).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise JournalError(f"the journal has no plan {plan_id[:12]}")
    if row.ended_at is not None:
        raise JournalError(f"plan {plan_id[:12]} has ended")


def _change_step(
    connection: Connection, plan_id: str, number: int, state: StepState, change: Mapping[str, object]
) -> None:
    """One conditional UPDATE, so that of two processes only one can make a transition."""
    steps = tables.steps
    this_step = (steps.c.plan_id == plan_id, steps.c.number == number)
    former = steps.c.state.in_([former.value for former in FORMER_STATES[state]])
    if connection.execute(update(steps).where(*this_step, former).values(state=state.value, **change)).rowcount == 1:
        return
    found = connection.scalar(select(steps.c.state).where(*this_step))
    if found is None:
        raise JournalError(f"the journal has no step {number} of plan {plan_id[:12]}")
    raise JournalError(f"step {number} of plan {plan_id[:12]} is {found} and cannot become {state.value}")


def _new_step(plan_id: str, step: PlanStep, instance_uuid: str) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "number": step.number,
        "vm": step.move.vm,
        "instance_uuid": instance_uuid,
        "source": step.move.source,
        "destination": step.move.destination,
        "state": StepState.PENDING.value,
        "predicted_p50_s": step.duration_s,
        "predicted_p95_s": step.duration_p95_s,
        "predicted_downtime_p50_ms": step.move.estimate.downtime_p50_ms,
        "predicted_downtime_p95_ms": step.move.estimate.downtime_p95_ms,
    }
