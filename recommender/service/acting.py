"""Acting on a decision as far as automation level, people, restraint and approvals let."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.errors import JournalError, PlanError
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.proposals import ProposalState
from recommender.journal.recommendations import Recommendation, RecommendationState
from recommender.placement.result import Move, SolveStatus
from recommender.policy import AutomationLevel
from recommender.service.approval import AwaitsApproval, released_plan
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision, decide
from recommender.service.decision_log import log_step, outcome_text
from recommender.service.part_plan import saved_part
from recommender.service.restraint import Restraint
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.settings.settings import Settings

Standing = Mapping[tuple[str, EntityRef], Recommendation]

AUTHOR: Final = "serve"
ONLY_MANDATORY: Final = 1  # as migration threshold and as priority
NOT_TO_BE_ACTED_ON: Final = (SolveStatus.INFEASIBLE, SolveStatus.OUT_OF_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What acting takes. Nothing starts once ``stop`` says so or that would pass ``deadline`` (aware UTC)."""

    world: World
    journal: ServiceJournal
    stop: Callable[[], bool]
    hand_over: Callable[[], bool] = lambda: False
    deadline: datetime | None = None
    patience: Patience = DEFAULT_PATIENCE


def act_on(decision: Decision, standing: Standing, settings: Settings, means: Means) -> str:
    """What was done about it, in words. Raises any ``RecommenderError``."""
    world, journal = means.world, means.journal
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
    moves, waiting = restraint.chosen(with_uuids(decision))
    if not moves:
        return f"recorded only: {_told(waiting)}"
    try:
        saved = _saved(decision, moves, now)
    except PlanError as error:
        return f"recorded only: {_told(waiting)}; {error}"
    released = released_plan(
        settings.approval,
        saved,
        journal,
        decision.request.inventory,
        decision.request.policy,
        now=now,
        expires_at=now + timedelta(minutes=settings.automation.recommendation_life_minutes),
    )
    if isinstance(released, AwaitsApproval):
        return f"recorded only: {released}"
    saved = released
    applied = [found.id for found in standing.values() if found.move.vm in {move.vm for move in moves}]
    try:
        outcome = carry_out(
            saved,
            world,
            journal,
            policy=decision.request.policy,
            author=AUTHOR,
            stop=means.stop,
            hand_over=means.hand_over,
            deadline=means.deadline,
            on_event=partial(log_step, decision.request.inventory),
            patience=means.patience,
        )
    finally:
        with suppress(JournalError):  # a person may have rejected one meanwhile
            if journal.has_plan(plan_id(saved)):
                end = journal.recommendations.end
                journal.proposals.end(plan_id(saved), ProposalState.BEGUN, world.clock.now())
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


def with_uuids(decision: Decision) -> list[tuple[Move, str]]:
    """Each recommended move with its VM's instance UUID."""
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
