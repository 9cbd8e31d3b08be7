"""A scheduled evacuation: due at the times of a cron text, carried out at most once each, within its window."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.errors import PlanStale
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import host_named
from recommender.placement.request import Goal, PlacementRequest
from recommender.policy import AutomationLevel
from recommender.service.balance import NOT_TO_BE_ACTED_ON
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision, decide, require_fresh
from recommender.service.decision_log import log_decision, log_settled, log_step, outcome_text
from recommender.service.open_steps import settle_open_steps
from recommender.service.recent_history import REMEMBERED
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.triggers import next_time
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings

KIND: Final = "evacuation"


def due_at(evacuation: EvacuationSettings, now: datetime) -> datetime | None:
    """The latest time at which it was due and whose window is still open; ``None`` if there is none."""
    latest = None
    candidate = next_time(evacuation.cron, evacuation.time_zone, now - _window(evacuation))
    while candidate <= now:
        latest = candidate
        candidate = next_time(evacuation.cron, evacuation.time_zone, candidate)
    return latest


def run_evacuation(
    settings: Settings,
    evacuation: EvacuationSettings,
    due: datetime,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    patience: Patience = DEFAULT_PATIENCE,
) -> bool:
    """Empty the hosts once for this ``due`` time, over all restarts; nothing starts that would not end in the window.

    Decides first and claims the occurrence right before it acts, so that a vCenter that does not answer at ``due``
    does not use it up, and once again if the world changes before the first start. Sends nothing in a dry run, nor
    with the automation level *manual*. False if it was claimed before. Raises any ``RecommenderError``.
    """
    author = f"{KIND} {evacuation.name}"
    began_at, deadline = world.clock.now(), due + _window(evacuation)
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience))
    decision = _decided(settings, evacuation, world, journal, taught)
    if not journal.claim_occurrence(f"{KIND} {evacuation.name}", due, world.clock.now(), author):
        return False
    log_decision(KIND, decision)
    _warn_if_too_long(evacuation, decision, world.clock.now(), deadline)
    told = _reason_not_to_act(settings, evacuation, decision)
    if told is None:

        def apply(decision: Decision) -> str:
            saved = saved_decision(
                decision,
                author=author,
                created_at=world.clock.now(),
                maintenance_mode=evacuation.maintenance_mode,
            )
            outcome = carry_out(
                saved,
                world,
                journal,
                policy=settings.policy,
                author=author,
                stop=stop,
                hand_over=hand_over,
                deadline=deadline,
                on_event=partial(log_step, decision.request.inventory),
                patience=patience,
            )
            return outcome_text(outcome)

        try:
            told = apply(decision)
        except PlanStale as stale:
            # The world changed between the look and the start; nothing was sent, and the occurrence is ours.
            decision = _decided(settings, evacuation, world, journal, taught)
            log_decision(KIND, decision)
            told = _reason_not_to_act(settings, evacuation, decision) or apply(decision)
            told = f"{told} (decided again: {stale})"
    detail = f"{evacuation.name}, due {due:{MOMENT}}: {len(decision.result.moves)} moves planned; {told}"
    journal.record_cycle(began_at, KIND, decision.result.status.value, detail)
    return True


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
            evacuate=tuple(sorted({host_named(inventory, name).ref for name in evacuation.hosts})),
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


def _warn_if_too_long(evacuation: EvacuationSettings, decision: Decision, now: datetime, deadline: datetime) -> None:
    end = now + timedelta(seconds=decision.plan.makespan_p95_s)
    if end > deadline:
        log: Any = structlog.get_logger()
        log.warning(
            "the evacuation may not fit its window",
            evacuation=evacuation.name,
            ends_at=f"{end:{MOMENT}}",
            window_ends_at=f"{deadline:{MOMENT}}",
        )


def _window(evacuation: EvacuationSettings) -> timedelta:
    return timedelta(minutes=evacuation.duration_minutes)
