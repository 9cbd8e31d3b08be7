"""Questions to the journal."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from recommender.inventory.failed_move import Retry
from recommender.inventory.recent_move import RecentMove
from recommender.journal.records import CycleRecord, PlanRecord, StepRecord
from recommender.journal.step_rows import disk_moves_in
from recommender.journal.tables import cycles, host_calls, plans, steps
from recommender.journal.transitions import OPEN
from recommender.ports import OpenHostCall, OpenStep, StepState


def open_steps(connection: Connection) -> tuple[OpenStep, ...]:
    """Steps that were sent or about to be, and whose end is not known; oldest intent first."""
    query = (
        select(steps, plans.c.author, plans.c.turn)
        .join(plans, plans.c.id == steps.c.plan_id)
        .where(steps.c.state.in_([state.value for state in OPEN]))
        .order_by(steps.c.intended_at, steps.c.plan_id, steps.c.number)
    )
    return tuple(
        OpenStep(
            plan_id=row.plan_id,
            number=row.number,
            state=StepState(row.state),
            operation_id=row.operation_id,
            vm=row.vm,
            instance_uuid=row.instance_uuid,
            source=row.source,
            destination=row.destination,
            intended_at=row.intended_at,
            task=row.task,
            disk_moves=disk_moves_in(row.disk_moves),
            author=row.author or "",
            turn=row.turn or "",
        )
        for row in connection.execute(query)
    )


def open_host_calls(connection: Connection) -> tuple[OpenHostCall, ...]:
    """Calls for maintenance mode whose end is not known; oldest intent first."""
    calls = host_calls.c
    query = (
        select(
            *(calls.plan_id, calls.host, calls.state, calls.operation_id, calls.intended_at, calls.task),
            plans.c.author,
            plans.c.turn,
        )
        .join(plans, plans.c.id == calls.plan_id)
        .where(calls.state.in_([state.value for state in OPEN]))
        .order_by(calls.intended_at, calls.plan_id, calls.host)
    )
    return tuple(
        OpenHostCall(
            **(dict(row) | {"state": StepState(row["state"]), "author": row["author"] or "", "turn": row["turn"] or ""})
        )
        for row in connection.execute(query).mappings()
    )


def recent_moves(connection: Connection, since: datetime) -> tuple[RecentMove, ...]:
    """What was done at or after ``since``, oldest first."""
    query = (
        select(steps.c.instance_uuid, steps.c.source, steps.c.destination, steps.c.ended_at)
        .where(steps.c.state == StepState.DONE.value, steps.c.ended_at >= since)
        .order_by(steps.c.ended_at, steps.c.plan_id, steps.c.number)
    )
    return tuple(RecentMove(**row) for row in connection.execute(query).mappings())


def last_outcomes(connection: Connection, author: str, limit: int, since: datetime | None) -> tuple[StepState, ...]:
    """How the last migrations of this author's plans ended that were begun after ``since``, latest first."""
    ends = (StepState.DONE.value, StepState.FAILED.value, StepState.UNKNOWN.value)
    query = (
        select(steps.c.state)
        .join(plans, plans.c.id == steps.c.plan_id)
        .where(plans.c.author == author, steps.c.state.in_(ends), steps.c.intended_at.is_not(None))
        .order_by(steps.c.intended_at.desc(), steps.c.plan_id, steps.c.number.desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(steps.c.intended_at > since)
    return tuple(StepState(state) for state in connection.scalars(query))


def plan_records(connection: Connection, limit: int) -> tuple[PlanRecord, ...]:
    """The plans that were begun last, latest first."""
    found = connection.execute(
        select(plans.c.id, plans.c.author, plans.c.begun_at, plans.c.ended_at)
        .order_by(plans.c.begun_at.desc(), plans.c.id)
        .limit(limit)
    ).all()
    counted = (
        select(steps.c.plan_id, steps.c.state, func.count().label("number_of"))
        .where(steps.c.plan_id.in_([row.id for row in found]))
        .group_by(steps.c.plan_id, steps.c.state)
    )
    counts = {(row.plan_id, StepState(row.state)): row.number_of for row in connection.execute(counted)}
    return tuple(
        PlanRecord(
            plan_id=row.id,
            author=row.author,
            begun_at=row.begun_at,
            ended_at=row.ended_at,
            step_counts=tuple((state, counts[row.id, state]) for state in StepState if (row.id, state) in counts),
        )
        for row in found
    )


def step_records(connection: Connection, plan_id: str) -> tuple[StepRecord, ...]:
    """All steps of a plan, by number."""
    query = select(steps).where(steps.c.plan_id == plan_id).order_by(steps.c.number)
    return tuple(StepRecord(**step_values(row)) for row in connection.execute(query).mappings())


def plan_documents(connection: Connection, prefix: str) -> dict[str, str]:
    """The texts of the plans whose ids begin so, by id."""
    query = select(plans.c.id, plans.c.document).where(plans.c.id.startswith(prefix, autoescape=True))
    return {row.id: row.document for row in connection.execute(query)}


def step_counts(connection: Connection) -> dict[StepState, int]:
    """How many steps of all plans are in each state."""
    query = select(steps.c.state, func.count()).group_by(steps.c.state)
    return {StepState(state): number for state, number in connection.execute(query)}


def cycle_records(connection: Connection, limit: int) -> tuple[CycleRecord, ...]:
    """The last cycles, latest first."""
    query = (
        select(cycles.c.at, cycles.c.kind, cycles.c.status, cycles.c.detail).order_by(cycles.c.id.desc()).limit(limit)
    )
    return tuple(CycleRecord(**row) for row in connection.execute(query).mappings())


def last_cycles(connection: Connection) -> dict[str, CycleRecord]:
    """The last cycle of each kind."""
    newest = select(func.max(cycles.c.id)).group_by(cycles.c.kind)
    query = select(cycles.c.at, cycles.c.kind, cycles.c.status, cycles.c.detail).where(cycles.c.id.in_(newest))
    return {row["kind"]: CycleRecord(**row) for row in connection.execute(query).mappings()}


def step_values(row: RowMapping) -> dict[str, Any]:
    """Of a row of steps, what a ``StepRecord`` holds."""
    return {field.name: row[field.name] for field in fields(StepRecord)} | {
        "state": StepState(row["state"]),
        "retry": Retry(row["retry"]) if row["retry"] else None,
    }
