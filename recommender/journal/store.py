"""The journal in a database; each call is one transaction, on disk before it returns."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from recommender.errors import ActsElsewhere, JournalError, PlanAlreadyApplied
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.journal import history, tables
from recommender.journal.audit_chain import append, append_outcome, basis_fingerprint, this_turn
from recommender.journal.connections import Connections
from recommender.journal.database import reading_engine, sqlite_path, writing_engine
from recommender.journal.database_errors import told_as_journal_error
from recommender.journal.lease import DEFAULT_TTL_S, Lease, LeaseTerms, Milliseconds, lease_names
from recommender.journal.orders import require_no_order
from recommender.journal.parts import JournalParts
from recommender.journal.records import CycleRecord, PlanRecord, StepRecord
from recommender.journal.retention import remove_before
from recommender.journal.sole_actor import ACTING, IN_USE, sole_actor
from recommender.journal.step_rows import change_host_call, change_step, end_change, new_step, require_open_plan
from recommender.journal.upgrade import REVISION, revision_of, unfit_journal, upgrade
from recommender.planning.plan import PlanStep
from recommender.ports import OpenHostCall, OpenStep, Order, StepOutcome, StepState, TaskRef


@contextmanager
def open_journal(
    url: str,
    *,
    actor: str = "",
    lease_ttl_s: float = DEFAULT_TTL_S,
    now_ms: Milliseconds | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator["DatabaseJournal"]:
    """The journal at ``url`` (``sqlite:///PATH`` or ``postgresql+psycopg://…``), made or upgraded if need be.

    ``actor`` is told in the audit. ``now_ms`` replaces the database's clock in leases, which then renew only where
    somebody takes them again: for simulations.
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
        yield DatabaseJournal(engine, actor=actor, lease_ttl_s=lease_ttl_s, now_ms=now_ms, monotonic=monotonic)
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
            raise unfit_journal(found)
        yield DatabaseJournal(engine) if found else None
    finally:
        engine.dispose()


class DatabaseJournal(JournalParts):
    """Implements ``Journal``; every method raises ``JournalError``. Safe to share between threads and processes."""

    def __init__(
        self,
        engine: Engine,
        *,
        actor: str = "",
        lease_ttl_s: float = DEFAULT_TTL_S,
        now_ms: Milliseconds | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = Connections(engine)
        super().__init__(self._connections, lease_ttl_s=lease_ttl_s, now_ms=now_ms)
        self._actor, self._terms = actor, LeaseTerms(lease_ttl_s, now_ms, monotonic)
        # A journal in memory has one process and one connection only.
        self._is_shared = engine.dialect.name != "sqlite" or sqlite_path(engine.url) is not None
        self.acting_leases: tuple[Lease, ...] = ()
        self.fences: tuple[Lease, ...] = ()

    def lease(self, name: str, holder: str | None = None) -> Lease:
        """A lease of this journal, not taken yet."""
        return Lease(self._connections, name, self._terms, holder)

    @contextmanager
    def acting(self, vcenters: Collection[str] = ()) -> Iterator[None]:
        """Within, no other process carries out a plan in these vCenters; raises ``JournalError`` where another does."""
        if not self._is_shared:
            yield
            return
        if self.acting_leases:
            raise ActsElsewhere(IN_USE)
        leases = tuple(self.lease(name) for name in lease_names(ACTING, vcenters))
        with sole_actor(leases, renews_itself=self._terms.now_ms is None):
            self.acting_leases = leases
            try:
                yield
            finally:
                self.acting_leases = ()

    @property
    def is_acting(self) -> bool:
        """Whether this process carries out a plan right now, as far as it knows."""
        return bool(self.acting_leases)

    def require_hold(self) -> None:
        """It is surely still us who act, by our own clock and by the database. Raises ``LeaseLost``."""
        for lease in (*self.fences, *self.acting_leases):
            lease.require_now()

    def begin_plan(self, plan_id: str, document: str, author: str, at: datetime) -> None:
        """Claim a plan for the one application it may have. Raises ``PlanAlreadyApplied``."""
        values = {"id": plan_id, "document": document, "author": author, "begun_at": at, "turn": this_turn()}
        try:
            with self._transaction("record that a plan begins") as connection:
                connection.execute(insert(tables.plans).values(values))
                told = {"plan": plan_id, "author": author, "basis": basis_fingerprint(document)}
                self._append(connection, at, "plan begins", **told)
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
        rows = [new_step(plan_id, step, instance_uuid) for step, instance_uuid in steps]
        with self._transaction("record a plan's steps") as connection:
            require_open_plan(connection, plan_id)
            if rows:
                connection.execute(insert(tables.steps), rows)

    def record_intent(self, plan_id: str, number: int, operation_id: str, at: datetime) -> None:
        """Before sending: this step is about to be sent. Only a pending step of a plan that has not ended may be.

        Raises ``HeldBack`` while an order forbids it, and ``LeaseLost`` once another process acts.
        """
        with self._transaction("record an intent") as connection:
            self._require_that_we_may_start(connection, plan_id)
            change = {"operation_id": operation_id, "intended_at": at}
            change_step(connection, plan_id, number, StepState.INTENT, change)
            self._append(connection, at, "intent", plan=plan_id, step=number, operation=operation_id)

    def record_submitted(self, plan_id: str, number: int, task: TaskRef, at: datetime) -> None:
        """vCenter answered with a task, or looking found it."""
        with self._transaction("record a task") as connection:
            change_step(connection, plan_id, number, StepState.SUBMITTED, {"task": task, "submitted_at": at})

    def record_outcome(self, plan_id: str, number: int, outcome: StepOutcome, at: datetime) -> None:
        """How it ended (or that it is unknown so far)."""
        change = end_change(outcome, at)
        with self._transaction("record an outcome") as connection:
            change_step(connection, plan_id, number, outcome.state, change)
            append_outcome(connection, at, self._actor, plan_id, outcome, step=number)

    def record_host_intent(self, plan_id: str, host: EntityRef, operation_id: str, at: datetime) -> None:
        """Before sending: ``host`` is about to be asked into maintenance mode, once in a plan; as ``record_intent``."""
        values = {"plan_id": plan_id, "host": host, "operation_id": operation_id, "intended_at": at}
        with self._transaction("record an intent") as connection:
            self._require_that_we_may_start(connection, plan_id)
            connection.execute(insert(tables.host_calls).values(values | {"state": StepState.INTENT.value}))
            self._append(connection, at, "intent", plan=plan_id, host=host, operation=operation_id)

    def record_host_submitted(self, plan_id: str, host: EntityRef, task: TaskRef, at: datetime) -> None:
        """vCenter has a task for it."""
        with self._transaction("record a task") as connection:
            change_host_call(connection, plan_id, host, StepState.SUBMITTED, {"task": task, "submitted_at": at})

    def record_host_outcome(self, plan_id: str, host: EntityRef, outcome: StepOutcome, at: datetime) -> None:
        """How it ended (or that it is unknown so far)."""
        change = end_change(outcome, at)
        with self._transaction("record an outcome") as connection:
            change_host_call(connection, plan_id, host, outcome.state, change)
            append_outcome(connection, at, self._actor, plan_id, outcome, host=host)

    def standing_order(self, plan_id: str) -> Order | None:
        """What keeps this plan from starting anything: a pause or a cancellation; ``None`` if nothing does."""
        return self.orders.standing(plan_id)

    def end_plan(self, plan_id: str, at: datetime) -> None:
        """Nothing more will be started for this plan. Ending it again changes nothing."""
        with self._transaction("record that a plan ends") as connection:
            still_open = update(tables.plans).where(tables.plans.c.id == plan_id, tables.plans.c.ended_at.is_(None))
            if connection.execute(still_open.values(ended_at=at)).rowcount:
                return
            if connection.scalar(select(tables.plans.c.id).where(tables.plans.c.id == plan_id)) is None:
                raise JournalError(f"the journal has no plan {plan_id[:12]}")

    def claim_occurrence(self, job: str, due_at: datetime, at: datetime, by: str = "") -> bool:
        """Whether this call, of all in all processes, is the first for this job at this time: it alone may act."""
        return self.occurrences.claim(job, due_at, at, by)

    def record_cycle(self, at: datetime, kind: str, status: str, detail: str) -> None:
        """One turn of the service is over."""
        with self._transaction("record a cycle") as connection:
            connection.execute(insert(tables.cycles).values(at=at, kind=kind, status=status, detail=detail))
            if kind != "poll":
                self._append(connection, at, "decision", work=kind, status=status, detail=detail)

    def has_plan(self, plan_id: str) -> bool:
        """Whether this plan was begun before, so that it can never be begun again."""
        with self._look() as connection:
            return connection.scalar(select(tables.plans.c.id).where(tables.plans.c.id == plan_id)) is not None

    def open_steps(self) -> tuple[OpenStep, ...]:
        """Steps that a crash may have left behind, oldest intent first."""
        with self._look() as connection:
            return history.open_steps(connection)

    def open_host_calls(self) -> tuple[OpenHostCall, ...]:
        """Calls for maintenance mode that a crash may have left behind, oldest intent first."""
        with self._look() as connection:
            return history.open_host_calls(connection)

    def recent_moves(self, since: datetime) -> tuple[RecentMove, ...]:
        """Migrations that were done since then, oldest first."""
        with self._look() as connection:
            return history.recent_moves(connection, since)

    def last_outcomes(self, author: str, limit: int, since: datetime | None) -> tuple[StepState, ...]:
        """How the last migrations of this author's plans ended that were begun after ``since``, latest first."""
        with self._look() as connection:
            return history.last_outcomes(connection, author, limit, since)

    def plans(self, limit: int) -> tuple[PlanRecord, ...]:
        """The ``limit`` plans that were begun last, latest first."""
        with self._look() as connection:
            return history.plan_records(connection, limit)

    def steps(self, plan_id: str) -> tuple[StepRecord, ...]:
        """All steps of a plan, by number; none for a plan that is not there."""
        with self._look() as connection:
            return history.step_records(connection, plan_id)

    def plan_documents(self, prefix: str) -> Mapping[str, str]:
        """The texts of plans that were applied, by id, of those whose id begins so."""
        with self._look() as connection:
            return history.plan_documents(connection, prefix)

    def step_counts(self) -> Mapping[StepState, int]:
        """How many steps of all plans are in each state."""
        with self._look() as connection:
            return history.step_counts(connection)

    def cycles(self, limit: int) -> tuple[CycleRecord, ...]:
        """The ``limit`` last cycles, latest first."""
        with self._look() as connection:
            return history.cycle_records(connection, limit)

    def remove_before(self, before: datetime, at: datetime) -> int:
        """Remove what ended before that moment and is of no use; how many rows."""
        return remove_before(self._connections, before, at)

    def last_cycles(self) -> Mapping[str, CycleRecord]:
        """The last cycle of each kind."""
        with self._look() as connection:
            return history.last_cycles(connection)

    def _transaction(self, what: str) -> AbstractContextManager[Connection]:
        return self._connections.transaction(what)

    def _look(self) -> AbstractContextManager[Connection]:
        return self._connections.look()

    def _append(self, connection: Connection, at: datetime, kind: str, **content: object) -> None:
        append(connection, at, kind, self._actor, content)

    def _require_that_we_may_start(self, connection: Connection, plan_id: str) -> None:
        require_open_plan(connection, plan_id)
        require_no_order(connection, plan_id)
        for lease in (*self.fences, *self.acting_leases):
            lease.require(connection)
