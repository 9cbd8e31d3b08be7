"""One turn of balancing: poll, decide, log and record, and act as far as the automation level lets."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.errors import JournalError, PlanError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.recommendations import Recommendation, RecommendationState
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Move, SolveStatus
from recommender.policy import AutomationLevel
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision, decide, require_fresh
from recommender.service.decision_log import log_decision, log_settled, log_step, outcome_text
from recommender.service.open_steps import settle_open_steps
from recommender.service.part_plan import saved_part
from recommender.service.recent_history import REMEMBERED
from recommender.service.restraint import Restraint
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.settings.settings import Settings

Standing = Mapping[tuple[str, EntityRef], Recommendation]

KIND: Final = "balance"
AUTHOR: Final = "serve"
ONLY_MANDATORY: Final = 1  # as migration threshold and as priority
NOT_TO_BE_ACTED_ON: Final = (SolveStatus.INFEASIBLE, SolveStatus.OUT_OF_TIME)


def run_cycle(
    settings: Settings,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    patience: Patience = DEFAULT_PATIENCE,
) -> None:
    """Poll and, with ``serve.balance``, decide, record and act.

    Nothing is sent when manual, only mandatory moves are made when partially automated, all when fully automated.
    ``taught``: adds what finished migrations have taught. Raises any ``RecommenderError``.
    """
    began_at = world.clock.now()
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience))
    inventory = world.source.read()
    require_fresh(inventory, settings.policy, world.clock.now())
    if not settings.serve.balance:
        told = f"{len(inventory.hosts)} hosts, {len(inventory.virtual_machines)} VMs"
        journal.record_cycle(began_at, "poll", "read", told)
        return
    inventory = taught(inventory)
    recent = journal.recent_moves(began_at - REMEMBERED)
    request = PlacementRequest(inventory=inventory, policy=settings.policy, recent_moves=recent, limits=world.limits)
    decision = decide(request)
    log_decision(KIND, decision)
    life = timedelta(minutes=settings.automation.recommendation_life_minutes)
    standing = journal.recommendations.renew(_with_uuids(decision), world.clock.now(), life)
    told = _act(settings, decision, standing, world, journal, stop=stop, hand_over=hand_over, patience=patience)
    journal.record_cycle(
        began_at, KIND, decision.result.status.value, f"{len(decision.result.moves)} moves recommended; {told}"
    )


def _act(
    settings: Settings,
    decision: Decision,
    standing: Standing,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool],
    patience: Patience,
) -> str:
    """What was done about it, in words."""
    if reason := _reason_not_to_act(decision, journal):
        return reason
    if settings.policy.automation_level is AutomationLevel.PARTIALLY_AUTOMATED:
        decision = _mandatory(decision)
        if not decision.result.moves:
            return "recorded only: no move is mandatory"
    now = world.clock.now()
    restraint = Restraint(
        settings=settings.automation,
        now=now,
        recent=decision.request.recent_moves,
        rounds={key: found.rounds for key, found in standing.items()},
        rejected=journal.recommendations.rejected_since(now - timedelta(hours=settings.automation.rejected_for_hours)),
    )
    moves, waiting = restraint.chosen(_with_uuids(decision))
    if not moves:
        return f"recorded only: {_told(waiting)}"
    try:
        saved = _saved(decision, moves, now)
    except PlanError as error:
        return f"recorded only: {_told(waiting)}; {error}"
    applied = [found.id for found in standing.values() if found.move.vm in {move.vm for move in moves}]
    try:
        outcome = carry_out(
            saved,
            world,
            journal,
            policy=decision.request.policy,
            author=AUTHOR,
            stop=stop,
            hand_over=hand_over,
            on_event=partial(log_step, decision.request.inventory),
            patience=patience,
        )
    finally:
        with suppress(JournalError):  # a person may have rejected one meanwhile
            if journal.has_plan(plan_id(saved)):
                end = journal.recommendations.end
                end(applied, RecommendationState.APPLIED, by=AUTHOR, at=world.clock.now(), detail=plan_id(saved))
    return "; ".join((outcome_text(outcome), *((_told(waiting),) if waiting else ())))


def _reason_not_to_act(decision: Decision, journal: ServiceJournal) -> str | None:
    if not decision.result.moves:
        return "nothing to do"
    if decision.request.policy.automation_level is AutomationLevel.MANUAL:
        return "recorded only: the automation level is manual"
    if decision.result.status in NOT_TO_BE_ACTED_ON:
        return "not acted on: rules would still be broken"
    pause = journal.orders.pause()
    return None if pause is None else f"recorded only: {pause}"


def _saved(decision: Decision, moves: tuple[Move, ...], now: datetime) -> SavedPlan:
    if len(moves) == len(decision.result.moves):
        return saved_decision(decision, author=AUTHOR, created_at=now)
    request = decision.request
    return saved_part(request.inventory, request.policy, moves, author=AUTHOR, created_at=now)


def _with_uuids(decision: Decision) -> list[tuple[Move, str]]:
    inventory = decision.request.inventory
    return [(move, inventory.vm(move.vm).instance_uuid) for move in decision.result.moves]


def _told(waiting: Mapping[EntityRef, str]) -> str:
    counts = Counter(waiting.values())
    return "waiting: " + "; ".join(f"{number} ({reason})" for reason, number in sorted(counts.items()))


def _mandatory(decision: Decision) -> Decision:
    """Decided anew with mandatory moves alone: a part of an answer need not keep the rules that the whole keeps."""
    policy = replace(decision.request.policy, migration_threshold=ONLY_MANDATORY)
    mandatory = decide(replace(decision.request, policy=policy))
    if all(move.priority == ONLY_MANDATORY for move in mandatory.result.moves):
        return mandatory
    return replace(mandatory, result=replace(mandatory.result, moves=()))
