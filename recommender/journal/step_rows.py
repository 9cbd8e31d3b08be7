"""Rows of steps and of calls on hosts: made, and changed only along a step's life."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, update

from recommender.errors import JournalError
from recommender.inventory.reference import EntityRef
from recommender.journal import tables
from recommender.journal.transitions import ENDS, FORMER_STATES, OUTCOMES
from recommender.placement.result import DiskMove
from recommender.planning.plan import PlanStep
from recommender.ports import StepOutcome, StepState


def new_step(plan_id: str, step: PlanStep, instance_uuid: str) -> dict[str, Any]:
    """The row of a step that nothing has happened to."""
    disks = [[disk.disk_key, str(disk.source), str(disk.destination)] for disk in step.move.disk_moves]
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
        "disk_moves": json.dumps(disks) if disks else None,
    }


def disk_moves_in(text: str | None) -> tuple[DiskMove, ...]:
    """The disks that a step takes along."""
    return tuple(
        DiskMove(disk_key=key, source=_entity(source), destination=_entity(destination))
        for key, source, destination in json.loads(text or "[]")
    )


def require_open_plan(connection: Connection, plan_id: str) -> None:
    """Raises ``JournalError`` for a plan that is not there or has ended; it cannot end before the transaction does."""
    query = select(tables.plans.c.ended_at).where(tables.plans.c.id == plan_id).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise JournalError(f"the journal has no plan {plan_id[:12]}")
    if row.ended_at is not None:
        raise JournalError(f"plan {plan_id[:12]} has ended")


def change_step(
    connection: Connection, plan_id: str, number: int, state: StepState, change: Mapping[str, object]
) -> None:
    """Bring a step to ``state``. Raises ``JournalError`` where it may not go there."""
    key = {"plan_id": plan_id, "number": number}
    _change(connection, tables.steps, key, f"step {number} of plan {plan_id[:12]}", state, change)


def change_host_call(
    connection: Connection, plan_id: str, host: EntityRef, state: StepState, change: Mapping[str, object]
) -> None:
    """Bring a call on a host to ``state``. Raises ``JournalError`` where it may not go there."""
    key = {"plan_id": plan_id, "host": host}
    _change(connection, tables.host_calls, key, f"the call on {host} of plan {plan_id[:12]}", state, change)


def _change(
    connection: Connection,
    table: Table,
    key: Mapping[str, object],
    name: str,
    state: StepState,
    change: Mapping[str, object],
) -> None:
    """One conditional UPDATE, so that of two processes only one can make a transition."""
    this = [table.c[column] == value for column, value in key.items()]
    former = table.c.state.in_([former.value for former in FORMER_STATES[state]])
    if connection.execute(update(table).where(*this, former).values(state=state.value, **change)).rowcount == 1:
        return
    found = connection.scalar(select(table.c.state).where(*this))
    if found is None:
        raise JournalError(f"the journal has no {name.removeprefix('the ')}")
    raise JournalError(f"{name} is {found} and cannot become {state.value}")


def _entity(text: str) -> EntityRef:
    vcenter, _, moid = text.partition("/")
    return EntityRef(vcenter, moid)


def end_change(outcome: StepOutcome, at: datetime) -> dict[str, object]:
    """What changes in the row of a step or call that has ended so."""
    if outcome.state not in OUTCOMES:
        raise JournalError(f"a step cannot end as {outcome.state.value}")
    change: dict[str, object] = {
        "detail": outcome.detail,
        "duration_s": outcome.duration_s,
        "ended_at": at if outcome.state in ENDS else None,
    }
    return change if outcome.retry is None else change | {"retry": outcome.retry.value}  # of steps alone
