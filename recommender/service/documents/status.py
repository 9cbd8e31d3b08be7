"""What the journal knows, as one document for people and scripts."""

from datetime import datetime
from typing import Any, Final

from recommender.journal.proposals import Proposal
from recommender.journal.records import CycleRecord, PlanRecord, StepRecord
from recommender.journal.retries import Attempt
from recommender.journal.store import DatabaseJournal
from recommender.policy import AutomationLevel
from recommender.ports import OpenStep
from recommender.restoration import OpenRestoration
from recommender.service.balancing import balance
from recommender.service.balancing.allowed_times import acting_until
from recommender.service.documents.entity_names import with_names
from recommender.service.documents.schedule import occurrence_document, times_document
from recommender.service.leading.leadership import leader_leases
from recommender.settings.settings import Settings

STATUS_FORMAT: Final = "recommender-status/1"
POLL: Final = "poll"
LISTS: Final = (
    "leaders", "idle", "proposals", "plans", "open_steps", "open_settings", "occurrences", "cycles",
)  # fmt: skip
TIMES_TO_COME: Final = 5


def status_document(
    journal: DatabaseJournal | None, settings: Settings, now: datetime, *, limit: int
) -> dict[str, Any]:
    """How the service is, what it will do next, and why it does nothing; the last ``limit`` plans and cycles.

    Latest first; all but what is to come is empty where there is no journal yet. Raises ``JournalError``.
    """
    document: dict[str, Any] = {"format": STATUS_FORMAT, "has_journal": journal is not None}
    timed = (*settings.evacuation, *settings.schedule)
    next_times = [time for one in timed for time in times_document([one], journal, now, 1)["times"]]
    document["next"] = sorted(next_times, key=lambda time: str(time["due_at"]))[:TIMES_TO_COME]
    document |= dict.fromkeys(("leader", "pause", "brake", "last_poll", "last_decision", "last_reload"))
    document |= {name: [] for name in LISTS} | {"names": {}}
    if journal is None:
        return document
    leaders = _leaders(journal, settings)
    pause, brake, last = journal.orders.pause(), journal.orders.brake(), journal.last_cycles()
    progress, attempts = journal.progress.all(), journal.retries.attempts()
    polls = [cycle for kind, cycle in last.items() if kind in (POLL, balance.KIND)]
    document |= {
        "leader": next((one["holder"] for one in leaders if one["holder"]), None),
        "leaders": leaders,
        "pause": None if pause is None else str(pause),
        "brake": None if brake is None else str(brake),
        "idle": reasons_to_be_idle(journal, settings, now),
        "last_poll": _cycle(max(polls, key=lambda cycle: cycle.at)) if polls else None,
        "last_decision": _cycle(last[balance.KIND]) if balance.KIND in last else None,
        "last_reload": _cycle(last["reload"]) if "reload" in last else None,
        "proposals": [_proposal(found) for found in journal.proposals.open(now)],
        "plans": [
            _plan(plan, journal.steps(plan.plan_id), attempts.get(plan.plan_id)) for plan in journal.plans(limit)
        ],
        "open_steps": [
            _open_step(step) | {"progress_percent": progress.get((step.plan_id, step.number))}
            for step in journal.open_steps()
        ],
        "open_settings": [_open_settings(one) for one in journal.restorations.open()],
        "occurrences": [occurrence_document(row) for row in journal.occurrences.last(limit)],
        "cycles": [_cycle(cycle) for cycle in journal.cycles(limit)],
    }
    return with_names(document, journal.names.all())


def reasons_to_be_idle(journal: DatabaseJournal, settings: Settings, now: datetime) -> list[str]:
    """Everything that keeps the service from making moves by itself, in words. Raises ``JournalError``."""
    reasons: list[str] = []
    leaders = _leaders(journal, settings)
    if all(one["holder"] is None for one in leaders):
        reasons.append("no service leads: none runs on this journal")
    else:
        reasons += [f"no service leads in {one['vcenter']}" for one in leaders if one["holder"] is None]
    reasons += [str(order) for order in (journal.orders.pause(), journal.orders.brake()) if order is not None]
    if not settings.serve.balance and not any(one.kind == "balance" for one in settings.schedule):
        reasons.append("balancing is switched off (serve.balance) and no schedule balances")
    if settings.policy.automation_level is AutomationLevel.MANUAL and not settings.automation.override:
        reasons.append("the automation level is manual: a person applies recommendations")
    if settings.automation.shadow:
        reasons.append("shadow mode: nothing is ever sent")
    until = acting_until(settings.automation, now)
    if isinstance(until, str):
        reasons.append(until)
    reasons += [f"plan {found.plan_id[:12]} waits for an approval" for found in journal.proposals.open(now)]
    last = journal.last_cycles().get(balance.KIND)
    if last is not None:
        reasons.append(f"the last decision, {last.at:%H:%M:%S} UTC: {last.status}, {last.detail}")
    return reasons


def _leaders(journal: DatabaseJournal, settings: Settings) -> list[dict[str, str | None]]:
    """By vCenter; one of no name where none is configured."""
    names = sorted({vcenter.name for vcenter in settings.vcenter})
    holders = [journal.lease(lease).holder_now() for lease in leader_leases(names)]
    if not names:
        return [{"vcenter": None, "holder": holders[0]}]
    return [{"vcenter": name, "holder": holder} for name, holder in zip(names, holders, strict=True)]


def _proposal(found: Proposal) -> dict[str, Any]:
    return {
        "plan_id": found.plan_id,
        "author": found.saved.author,
        "steps": len(found.saved.plan.steps),
        "proposed_at": found.proposed_at.isoformat(),
        "expires_at": found.expires_at.isoformat(),
    }


def _plan(plan: PlanRecord, steps: tuple[StepRecord, ...], attempt: Attempt | None) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "author": plan.author,
        "begun_at": plan.begun_at.isoformat(),
        "ended_at": plan.ended_at.isoformat() if plan.ended_at else None,
        "step_counts": {state.value: number for state, number in plan.step_counts},
        "attempt": attempt.number if attempt else 1,
        "first_plan_id": attempt.of_plan if attempt else plan.plan_id,
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


def _open_settings(one: OpenRestoration) -> dict[str, Any]:
    vm = one.kept.vm
    return {
        "plan_id": one.plan_id,
        "number": one.number,
        "state": one.state.value,
        "vm": {"ref": str(vm.ref), "instance_uuid": vm.instance_uuid},
        "destination": str(one.destination),
    }


def _cycle(cycle: CycleRecord) -> dict[str, Any]:
    return {"at": cycle.at.isoformat(), "kind": cycle.kind, "status": cycle.status, "detail": cycle.detail}
