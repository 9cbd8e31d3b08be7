"""A scheduled evacuation: decided when it is due, carried out once, within its window."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.errors import PlanStale
from recommender.failpoints import Failpoint, reach
from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.proposals import ProposalState
from recommender.placement.request import Goal, PlacementRequest
from recommender.policy import AutomationLevel
from recommender.service.acting import NOT_TO_BE_ACTED_ON
from recommender.service.approval import AwaitsApproval, released_plan
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision, decide, require_fresh
from recommender.service.decision_log import log_decision, log_promise, log_settled, log_step, outcome_text
from recommender.service.occurrence import OpenOccurrence
from recommender.service.open_steps import settle_open_steps
from recommender.service.recent_history import REMEMBERED
from recommender.service.rolling_evacuation import hosts_of
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings

KIND: Final = "evacuation"


def run_evacuation(
    settings: Settings,
    evacuation: EvacuationSettings,
    occurrence: OpenOccurrence,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    patience: Patience = DEFAULT_PATIENCE,
) -> str | None:
    """Empty the hosts once for this occurrence, over all restarts; nothing starts that would not end in the window.

    Decides first and claims the occurrence right before it acts, so that a vCenter that does not answer at that moment
    does not use it up, nor a plan that nobody has approved yet. Decides once again if the world changes before the
    first start. Sends nothing in a dry run, nor with the automation level *manual*. What was done, ``None`` if it
    stays due or was claimed by another process. Raises any ``RecommenderError``.
    """
    author = f"{KIND} {evacuation.name}"
    began_at = world.clock.now()
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience))

    def told(decision: Decision, text: str) -> str:
        detail = f"{evacuation.name}, due {occurrence.due:{MOMENT}}: {len(decision.result.moves)} moves planned; {text}"
        journal.record_cycle(began_at, KIND, decision.result.status.value, detail)
        return detail

    def decided() -> tuple[Decision, SavedPlan | AwaitsApproval | str]:
        decision = _decided(settings, evacuation, world, journal, taught)
        log_decision(KIND, decision)
        if reason := _reason_not_to_act(settings, evacuation, decision):
            return decision, reason
        now = world.clock.now()
        saved = saved_decision(decision, author=author, created_at=now, maintenance_mode=evacuation.maintenance_mode)
        inventory, policy, deadline = decision.request.inventory, settings.policy, occurrence.deadline
        released = released_plan(settings.approval, saved, journal, inventory, policy, now=now, expires_at=deadline)
        return decision, released

    def apply(decision: Decision, saved: SavedPlan) -> str:
        journal.proposals.end(plan_id(saved), ProposalState.BEGUN, world.clock.now())
        outcome = carry_out(
            saved,
            world,
            journal,
            policy=settings.policy,
            author=author,
            stop=stop,
            hand_over=hand_over,
            deadline=occurrence.deadline,
            on_event=partial(log_step, decision.request.inventory),
            say=log_promise,
            patience=patience,
        )
        return outcome_text(outcome)

    decision, saved = decided()
    if isinstance(saved, AwaitsApproval):
        told(decision, str(saved))
        return None
    if not occurrence.claim():
        return None
    reach(Failpoint.AFTER_CLAIM)
    if isinstance(saved, str):
        return told(decision, saved)
    _warn_if_too_long(decision, world.clock.now(), occurrence)
    try:
        return told(decision, apply(decision, saved))
    except PlanStale as stale:
        # The world changed between the look and the start; nothing was sent, and the occurrence is ours.
        decision, saved = decided()
        outcome = apply(decision, saved) if isinstance(saved, SavedPlan) else str(saved)
        return told(decision, f"{outcome} (decided again: {stale})")


def _decided(
    settings: Settings,
    evacuation: EvacuationSettings,
    world: World,
    journal: ServiceJournal,
    taught: Callable[[Inventory], Inventory],
) -> Decision:
    inventory = world.source.read()
    now = world.clock.now()
    require_fresh(inventory, settings.policy, now)
    return decide(
        PlacementRequest(
            inventory=taught(inventory),
            policy=settings.policy,
            goal=Goal.EVACUATE,
            evacuate=hosts_of(inventory, evacuation),
            recent_moves=journal.recent_moves(now - REMEMBERED),
            limits=world.limits,
        )
    )


def _reason_not_to_act(settings: Settings, evacuation: EvacuationSettings, decision: Decision) -> str | None:
    if evacuation.dry_run:
        return "dry run, nothing was sent"
    if settings.policy.automation_level is AutomationLevel.MANUAL:
        return "nothing was sent: the automation level is manual"
    if decision.result.status in NOT_TO_BE_ACTED_ON:
        return f"nothing was sent: VMs that have nowhere to go: {len(decision.result.unplaceable)}"
    return None


def _warn_if_too_long(decision: Decision, now: datetime, occurrence: OpenOccurrence) -> None:
    end = now + timedelta(seconds=decision.plan.makespan_p95_s)
    if end > occurrence.deadline:
        log: Any = structlog.get_logger()
        log.warning(
            "the evacuation may not fit its window",
            evacuation=occurrence.timed.name,
            ends_at=f"{end:{MOMENT}}",
            window_ends_at=f"{occurrence.deadline:{MOMENT}}",
        )
