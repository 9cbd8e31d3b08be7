"""A journal that forgets everything with its process, as strict about the order of a step's life as the real one."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from recommender.errors import HeldBack, JournalError, PlanAlreadyApplied
from recommender.inventory.failed_move import FailedMove, Retry
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.journal import tables
from recommender.journal.connections import Connections
from recommender.journal.database import writing_engine
from recommender.journal.lease import Lease, LeaseTerms
from recommender.journal.parts import JournalParts
from recommender.journal.retries import Retries
from recommender.journal.transitions import FORMER_STATES, OPEN
from recommender.planning.plan import PlanStep
from recommender.ports import OpenHostCall, OpenStep, Order, StepOutcome, StepState, TaskRef


@dataclass(slots=True, kw_only=True)
class Row:
    step: PlanStep
    instance_uuid: str
    states: list[StepState] = field(default_factory=lambda: [StepState.PENDING])
    operation_id: str = ""
    intended_at: datetime | None = None
    task: TaskRef | None = None
    outcome: StepOutcome | None = None
    ended_at: datetime | None = None

    @property
    def state(self) -> StepState:
        return self.states[-1]


class MemoryJournal(JournalParts):
    """Implements ``Journal`` and what the service asks of one beyond it."""

    def __init__(self) -> None:
        engine = writing_engine("sqlite://")
        tables.metadata.create_all(engine)
        self._connections = Connections(engine)
        super().__init__(self._connections)
        self.retries = RetriesInMemory(self, self._connections)
        self.plans: dict[str, str] = {}
        self.authors: dict[str, str] = {}
        self.ended_plans: dict[str, datetime] = {}
        self.rows: dict[tuple[str, int], Row] = {}
        self.is_acting = False
        self.fences: tuple[Lease, ...] = ()
        self.cycles: list[tuple[datetime, str, str, str]] = []
        self.host_calls: dict[tuple[str, EntityRef], OpenHostCall] = {}
        self.order: Order | None = None

    def lease(self, name: str, holder: str | None = None) -> Lease:
        return Lease(self._connections, name, LeaseTerms(), holder)

    def step_counts(self) -> Counter[StepState]:
        return Counter(row.state for row in self.rows.values())

    @contextmanager
    def acting(self, vcenters: Collection[str] = ()) -> Iterator[None]:
        del vcenters
        if self.is_acting:
            raise JournalError("another process is carrying out a plan in this vCenter")
        self.is_acting = True
        try:
            yield
        finally:
            self.is_acting = False

    def begin_plan(self, plan_id: str, document: str, author: str, at: datetime) -> None:
        del at
        if plan_id in self.plans:
            raise PlanAlreadyApplied(f"plan {plan_id} was applied before")
        self.plans[plan_id] = document
        self.authors[plan_id] = author

    def has_plan(self, plan_id: str) -> bool:
        return plan_id in self.plans

    def add_steps(self, plan_id: str, steps: Sequence[tuple[PlanStep, str]], at: datetime) -> None:
        del at
        if plan_id not in self.plans:
            raise JournalError(f"no plan {plan_id}")
        for step, instance_uuid in steps:
            if (plan_id, step.number) in self.rows:
                raise JournalError(f"step {step.number} is there already")
            self.rows[plan_id, step.number] = Row(step=step, instance_uuid=instance_uuid)

    def record_intent(self, plan_id: str, number: int, operation_id: str, at: datetime) -> None:
        if plan_id in self.ended_plans:
            raise JournalError(f"plan {plan_id} has ended")
        if self.order is not None:
            raise HeldBack(str(self.order))
        row = self._to(plan_id, number, StepState.INTENT)
        row.operation_id, row.intended_at = operation_id, at

    def record_submitted(self, plan_id: str, number: int, task: TaskRef, at: datetime) -> None:
        del at
        self._to(plan_id, number, StepState.SUBMITTED).task = task

    def record_outcome(self, plan_id: str, number: int, outcome: StepOutcome, at: datetime) -> None:
        row = self._to(plan_id, number, outcome.state)
        row.outcome, row.ended_at = outcome, at

    def require_hold(self) -> None:
        return

    def standing_order(self, plan_id: str) -> Order | None:
        del plan_id
        return self.order

    def record_host_intent(self, plan_id: str, host: EntityRef, operation_id: str, at: datetime) -> None:
        if plan_id in self.ended_plans or (plan_id, host) in self.host_calls:
            raise JournalError(f"the call on {host} of plan {plan_id} may not be made")
        if self.order is not None:
            raise HeldBack(str(self.order))
        self.host_calls[plan_id, host] = OpenHostCall(
            plan_id=plan_id, host=host, state=StepState.INTENT, operation_id=operation_id, intended_at=at, task=None
        )

    def record_host_submitted(self, plan_id: str, host: EntityRef, task: TaskRef, at: datetime) -> None:
        del at
        call = self.host_calls[plan_id, host]
        self.host_calls[plan_id, host] = replace(call, state=StepState.SUBMITTED, task=task)

    def record_host_outcome(self, plan_id: str, host: EntityRef, outcome: StepOutcome, at: datetime) -> None:
        del at
        call = self.host_calls[plan_id, host]
        if call.state not in OPEN:
            raise JournalError(f"the call on {host} has ended")
        self.host_calls[plan_id, host] = replace(call, state=outcome.state)

    def open_host_calls(self) -> tuple[OpenHostCall, ...]:
        found = [call for call in self.host_calls.values() if call.state in OPEN]
        return tuple(replace(call, author=self.authors.get(call.plan_id, "")) for call in found)

    def end_plan(self, plan_id: str, at: datetime) -> None:
        self.ended_plans.setdefault(plan_id, at)

    def open_steps(self) -> tuple[OpenStep, ...]:
        found = [
            OpenStep(
                plan_id=plan_id,
                number=number,
                state=row.state,
                operation_id=row.operation_id,
                vm=row.step.move.vm,
                instance_uuid=row.instance_uuid,
                source=row.step.move.source,
                destination=row.step.move.destination,
                intended_at=row.intended_at,
                task=row.task,
                disk_moves=row.step.move.disk_moves,
                author=self.authors.get(plan_id, ""),
            )
            for (plan_id, number), row in self.rows.items()
            if row.state in OPEN and row.intended_at is not None
        ]
        return tuple(sorted(found, key=lambda step: (step.intended_at, step.plan_id, step.number)))

    def recent_moves(self, since: datetime) -> tuple[RecentMove, ...]:
        done = [
            RecentMove(
                instance_uuid=row.instance_uuid,
                source=row.step.move.source,
                destination=row.step.move.destination,
                ended_at=row.ended_at,
            )
            for row in self.rows.values()
            if row.state is StepState.DONE and row.ended_at is not None and row.ended_at >= since
        ]
        return tuple(sorted(done, key=lambda move: move.ended_at))

    def claim_occurrence(self, job: str, due_at: datetime, at: datetime, by: str = "") -> bool:
        return self.occurrences.claim(job, due_at, at, by)

    def record_cycle(self, at: datetime, kind: str, status: str, detail: str) -> None:
        self.cycles.append((at, kind, status, detail))

    def last_outcomes(self, author: str, limit: int, since: datetime | None) -> tuple[StepState, ...]:
        ends = (StepState.DONE, StepState.FAILED, StepState.UNKNOWN)
        found = [
            (row.intended_at, number, row.state)
            for (plan_id, number), row in self.rows.items()
            if self.authors[plan_id] == author and row.state in ends and row.intended_at is not None
        ]
        found = [one for one in found if since is None or one[0] > since]
        return tuple(state for _, _, state in sorted(found, reverse=True)[:limit])

    def remove_before(self, before: datetime, at: datetime) -> int:
        del at
        kept = [cycle for cycle in self.cycles if cycle[0] >= before]
        removed, self.cycles = len(self.cycles) - len(kept), kept
        return removed

    def states(self, plan_id: str) -> dict[int, StepState]:
        return {number: row.state for (of, number), row in self.rows.items() if of == plan_id}

    def _to(self, plan_id: str, number: int, state: StepState) -> Row:
        row = self.rows.get((plan_id, number))
        if row is None:
            raise JournalError(f"plan {plan_id} has no step {number}")
        if row.state not in FORMER_STATES[state]:
            raise JournalError(f"step {number} cannot go from {row.state} to {state}")
        row.states.append(state)
        return row


class RetriesInMemory(Retries):
    """Asks the rows in memory for what failed."""

    def __init__(self, journal: MemoryJournal, connections: Connections) -> None:
        super().__init__(connections)
        self._journal = journal

    def failed_since(self, since: datetime) -> tuple[FailedMove, ...]:
        failed = [
            FailedMove(
                instance_uuid=row.instance_uuid,
                destination=row.step.move.destination,
                ended_at=row.ended_at,
                detail=row.outcome.detail,
                is_proven=row.outcome.retry is not None,
                passes=row.outcome.retry is Retry.ANYWHERE,
            )
            for row in self._journal.rows.values()
            if row.outcome and row.ended_at and row.ended_at >= since
            if row.state is StepState.FAILED or row.outcome.retry is not None
        ]
        return tuple(sorted(failed, key=lambda move: move.ended_at))
