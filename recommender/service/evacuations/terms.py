"""What an evacuation says for itself, what speaks against acting on it, and whether it fits its window."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from recommender.actuation.patience import MOMENT
from recommender.journal.plan_file import SavedPlan
from recommender.move_order import CapScope, MigrationCap
from recommender.policy import AutomationLevel, Policy
from recommender.service.balancing.acting import NOT_TO_BE_ACTED_ON
from recommender.service.cycle import Decision
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.settings.schedule import EvacuationSettings


def policy_of(policy: Policy, evacuation: EvacuationSettings) -> Policy:
    """``policy`` with what the evacuation says for itself."""
    if evacuation.automation_level is not None:
        policy = replace(policy, automation_level=evacuation.automation_level)
    if evacuation.migrations_at_once is not None:
        at_once = evacuation.migrations_at_once
        cap = MigrationCap(name=f"evacuation {evacuation.name}", scope=CapScope.GROUP, of=("*",), at_once=at_once)
        policy = replace(policy, order=replace(policy.order, cap=(*policy.order.cap, cap)))
    return policy


def reason_not_to_act(policy: Policy, evacuation: EvacuationSettings, decision: Decision, *, begun: bool) -> str | None:
    """``begun``: a former process has emptied part of it, so that what can still be done is done."""
    if evacuation.dry_run:
        return "dry run, nothing was sent"
    if policy.automation_level is AutomationLevel.MANUAL:
        return "nothing was sent: the automation level is manual"
    if decision.result.status in NOT_TO_BE_ACTED_ON and not (begun and decision.plan.steps):
        return f"nothing was sent: VMs that have nowhere to go: {len(decision.result.unplaceable)}"
    return None


def warn_if_too_long(saved: SavedPlan, now: datetime, occurrence: OpenOccurrence) -> None:
    forecast_s = saved.forecast.makespan_p95_s if saved.forecast else 0.0
    end = now + timedelta(seconds=saved.plan.makespan_p95_s + forecast_s)
    if end > occurrence.deadline:
        log: Any = structlog.get_logger()
        log.warning(
            "the evacuation may not fit its window",
            evacuation=occurrence.timed.name,
            ends_at=f"{end:{MOMENT}}",
            window_ends_at=f"{occurrence.deadline:{MOMENT}}",
        )
