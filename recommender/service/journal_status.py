"""What the journal knows, as one document for people and scripts."""

from typing import Any, Final

from recommender.journal.records import CycleRecord, PlanRecord, StepRecord
from recommender.journal.store import DatabaseJournal
from recommender.ports import OpenStep
from recommender.service.leadership import LEADER

STATUS_FORMAT: Final = "recommender-status/1"


def status_document(journal: DatabaseJournal | None, *, limit: int) -> dict[str, Any]:
    """The last ``limit`` plans and cycles, latest first, and every open step; ``None`` where there is no journal yet.

    Raises ``JournalError``.
    """
    document: dict[str, Any] = {"format": STATUS_FORMAT, "has_journal": journal is not None}
    if journal is None:
        return document | {"leader": None, "pause": None, "plans": [], "open_steps": [], "cycles": []}
    pause = journal.orders.pause()
    return document | {
        "leader": journal.lease(LEADER).holder_now(),
        "pause": None if pause is None else str(pause),
        "plans": [_plan(plan, journal.steps(plan.plan_id)) for plan in journal.plans(limit)],
        "open_steps": [_open_step(step) for step in journal.open_steps()],
        "cycles": [_cycle(cycle) for cycle in journal.cycles(limit)],
    }


def _plan(plan: PlanRecord, steps: tuple[StepRecord, ...]) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "author": plan.author,
        "begun_at": plan.begun_at.isoformat(),
        "ended_at": plan.ended_at.isoformat() if plan.ended_at else None,
        "step_counts": {state.value: number for state, number in plan.step_counts},
        "steps": [_step(step) for step in steps],
    }


def _step(step: StepRecord) -> dict[str, Any]:
    return {
        "number": step.number,
        "vm": {"ref": str(step.vm), "instance_uuid": step.instance_uuid},
        "source": str(step.source),
        "destination": str(step.destination),
        "state": step.state.value,
        "detail": step.detail,
        "task": str(step.task) if step.task else None,
        "operation_id": step.operation_id,
        "intended_at": step.intended_at.isoformat() if step.intended_at else None,
        "ended_at": step.ended_at.isoformat() if step.ended_at else None,
        "predicted_p50_s": step.predicted_p50_s,
        "predicted_p95_s": step.predicted_p95_s,
        "duration_s": step.duration_s,
    }


def _open_step(step: OpenStep) -> dict[str, Any]:
    return {
        "plan_id": step.plan_id,
        "number": step.number,
        "state": step.state.value,
        "vm": {"ref": str(step.vm), "instance_uuid": step.instance_uuid},
        "source": str(step.source),
        "destination": str(step.destination),
        "task": str(step.task) if step.task else None,
        "operation_id": step.operation_id,
        "intended_at": step.intended_at.isoformat(),
    }


def _cycle(cycle: CycleRecord) -> dict[str, Any]:
    return {"at": cycle.at.isoformat(), "kind": cycle.kind, "status": cycle.status, "detail": cycle.detail}
