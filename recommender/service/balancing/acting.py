"""Acting on a decision as far as automation level, people, restraint and approvals let."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.step_result import StepEvent
from recommender.errors import InventoryUnavailable, JournalError, PlanError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.proposals import ProposalState
from recommender.journal.recommendations import Recommendation, RecommendationState
from recommender.placement.result import Move, SolveStatus
from recommender.policy import AutomationLevel
from recommender.ports import InventorySource, StepState
from recommender.service.approval import AwaitsApproval, released_plan
from recommender.service.balancing.allowed_times import acting_until
from recommender.service.balancing.automatic_answer import levels_of, loss_of
from recommender.service.balancing.brake import Brake
from recommender.service.balancing.gain import hold_factor, promise_gain
from recommender.service.balancing.migration_budget import move_beyond_the_budget
from recommender.service.balancing.part_plan import saved_part
from recommender.service.balancing.restraint import Restraint, of_the_last_hour
from recommender.service.balancing.strain import unseen
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.cycle import Decision
from recommender.service.decision_log import log_step, outcome_text
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.settings.settings import Settings

Standing = Mapping[tuple[str, EntityRef], Recommendation]

AUTHOR: Final = "serve"
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


def act_on(decision: Decision, answer: Decision, standing: Standing, settings: Settings, means: Means) -> str:
    """What was done about it, in words. Raises any ``RecommenderError``.

    ``answer`` is what may be made without people, and is all that is ever made here.
    """
    now = means.world.clock.now()
    if reason := _reason_not_to_act(decision, settings, means, now) or _reason_of_levels(decision, answer, settings):
        return reason
    moves, left = _chosen(answer, _by_hand(decision, settings), standing, settings, means, now)
    if not moves:
        return f"recorded only: {'; '.join(left)}"
    if settings.automation.shadow:
        return "; ".join((f"recorded only: shadow mode, {len(moves)} moves would have been made", *left))
    if loss := loss_of(answer, moves):
        return "; ".join((f"recorded only: {loss}", *left))
    blind = unseen(decision.request.inventory, settings.brake)
    told = (f"the brake could not look at {', '.join(blind)}",) if blind else ()
    return "; ".join((_released_and_made(moves, answer, standing, settings, means), *left, *told))


def _by_hand(decision: Decision, settings: Settings) -> int:
    return sum(level is AutomationLevel.MANUAL for level in levels_of(decision, settings).values())


def _reason_of_levels(decision: Decision, answer: Decision, settings: Settings) -> str | None:
    if answer.result.moves:
        return None
    by_hand = _by_hand(decision, settings)
    if by_hand == len(decision.result.moves):
        return "recorded only: the automation level is manual"
    return f"recorded only: {by_hand} left to people" if by_hand else "recorded only: no move is mandatory"


def _chosen(
    decision: Decision, by_hand: int, standing: Standing, settings: Settings, means: Means, now: datetime
) -> tuple[tuple[Move, ...], tuple[str, ...]]:
    """The moves to be made now, and what is left of the others, in words."""
    journal = means.journal
    restraint = Restraint(
        settings=settings.automation,
        now=now,
        recent=decision.request.recent_moves,
        rounds={key: found.rounds for key, found in standing.items()},
        rejected=journal.recommendations.rejected_since(now - timedelta(hours=settings.automation.rejected_for_hours)),
        hold_factor=hold_factor(settings.automation, journal),
    )
    automatic = with_uuids(decision)
    closed = _outside_their_windows(decision, means, now)
    moves, held = restraint.chosen([one for one in automatic if one[0].vm not in closed])
    waiting = {**{one[0].vm: closed[one[0].vm] for one in automatic if one[0].vm in closed}, **held}
    told = ((by_hand, f"{by_hand} left to people"), (len(waiting), _told(waiting)))
    return moves, tuple(text for number, text in told if number)


def _released_and_made(
    moves: tuple[Move, ...], decision: Decision, standing: Standing, settings: Settings, means: Means
) -> str:
    now, request = means.world.clock.now(), decision.request
    try:
        saved = _planned(decision, moves, settings, now)
    except PlanError as error:
        return f"recorded only: {error}"
    released = released_plan(
        settings.approval,
        saved,
        means.journal,
        request.inventory,
        request.policy,
        now=now,
        expires_at=now + timedelta(minutes=settings.automation.recommendation_life_minutes),
    )
    if isinstance(released, AwaitsApproval):
        return f"recorded only: {released}"
    outcome = _carried_out(released, decision, standing, settings, means)
    promise_gain(means.journal, outcome, decision, means.world.clock.now())
    return outcome_text(outcome)


def _carried_out(
    saved: SavedPlan, decision: Decision, standing: Standing, settings: Settings, means: Means
) -> CarriedOut:
    world, journal = means.world, means.journal
    brake = Brake(settings.brake, journal, world.clock, AUTHOR)
    world = replace(world, source=_Braking(world.source, brake))
    made = {(step.move.vm, step.move.destination) for step in saved.plan.steps}
    applied = [found.id for found in standing.values() if (found.move.vm, found.move.destination) in made]
    braked = False

    def on_event(event: StepEvent) -> None:
        nonlocal braked
        log_step(decision.request.inventory, event)
        if event.outcome is not None and event.outcome.state is not StepState.DONE:
            braked = braked or brake.is_needed_after_failures()

    deadline = acting_until(settings.automation, world.clock.now())
    limits = [limit for limit in (deadline, means.deadline) if isinstance(limit, datetime)]
    try:
        return carry_out(
            saved,
            world,
            journal,
            policy=decision.request.policy,
            author=AUTHOR,
            stop=lambda: braked or brake.is_on or means.stop(),
            hand_over=means.hand_over,
            deadline=min(limits, default=None),
            on_event=on_event,
            patience=means.patience,
        )
    finally:
        with suppress(JournalError):  # a person may have rejected one meanwhile
            if journal.has_plan(plan_id(saved)):
                now = world.clock.now()
                journal.proposals.end(plan_id(saved), ProposalState.BEGUN, now)
                journal.recommendations.end(
                    applied, RecommendationState.APPLIED, by=AUTHOR, at=now, detail=plan_id(saved)
                )


@dataclass(frozen=True, slots=True)
class _Braking:
    """An ``InventorySource`` that looks at the brake whenever it is read, which is right before each start."""

    source: InventorySource
    brake: Brake

    def read(self) -> Inventory:
        inventory = self.source.read()
        try:
            self.brake.look(inventory)
        except JournalError as error:
            raise InventoryUnavailable(f"whether the brake is on is not known: {error}") from error
        return inventory


def _reason_not_to_act(decision: Decision, settings: Settings, means: Means, now: datetime) -> str | None:
    if not decision.result.moves:
        return "nothing to do"
    if decision.result.status in NOT_TO_BE_ACTED_ON:
        return "not acted on: rules would still be broken"
    if (pause := means.journal.orders.pause()) is not None:
        return f"recorded only: {pause}"
    brake = Brake(settings.brake, means.journal, means.world.clock, AUTHOR).look(decision.request.inventory)
    if brake is not None:
        return f"recorded only: {brake}"
    until = acting_until(settings.automation, now)
    return f"recorded only: {until}" if isinstance(until, str) else None


def _outside_their_windows(decision: Decision, means: Means, now: datetime) -> dict[EntityRef, str]:
    """VMs whose migrations may not run now, each with the reason."""
    calendar, inventory = means.world.calendar, decision.request.inventory
    if calendar is None:
        return {}
    found = ((move.vm, calendar.open_until(inventory, move.vm, now)) for move in decision.result.moves)
    return {vm: until for vm, until in found if isinstance(until, str)}


def _planned(decision: Decision, moves: tuple[Move, ...], settings: Settings, now: datetime) -> SavedPlan:
    """The moves, the most urgent first, as a plan within the hour's budgets. Raises ``PlanError``.

    Moves by way of another host, which takes two migrations, may make the least urgent ones wait.
    """
    spent = of_the_last_hour(decision.request.recent_moves, now)
    saved = _saved(decision, moves, now)
    while (beyond := move_beyond_the_budget(saved.plan, moves, spent, settings.automation)) is not None:
        moves = tuple(move for move in moves if move is not beyond)
        reason = loss_of(decision, moves) if moves else "no move"
        if reason:
            raise PlanError(f"with migrations by way of other hosts it is too much for the hour's budget: {reason}")
        saved = _saved(decision, moves, now)
    return saved


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
