"""One turn of balancing: poll, decide, log and record, and act as far as the automation level lets."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.policy import AutomationLevel
from recommender.service.carry_out import carry_out
from recommender.service.cycle import Decision, decide, require_fresh
from recommender.service.decision_log import log_decision, log_settled, log_step, outcome_text
from recommender.service.open_steps import settle_open_steps
from recommender.service.recent_history import REMEMBERED
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.settings.settings import Settings

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
    patience: Patience = DEFAULT_PATIENCE,
) -> None:
    """Poll and, with ``serve.balance``, decide, record and act.

    Nothing is sent when manual, only mandatory moves are made when partially automated, all when fully automated.
    Raises any ``RecommenderError``.
    """
    began_at = world.clock.now()
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience))
    inventory = world.source.read()
    require_fresh(inventory, settings.policy, world.clock.now())
    if not settings.serve.balance:
        told = f"{len(inventory.hosts)} hosts, {len(inventory.virtual_machines)} VMs"
        journal.record_cycle(began_at, "poll", "read", told)
        return
    recent = journal.recent_moves(began_at - REMEMBERED)
    decision = decide(PlacementRequest(inventory=inventory, policy=settings.policy, recent_moves=recent))
    log_decision(KIND, decision)
    told = _act(decision, world, journal, stop=stop, hand_over=hand_over, patience=patience)
    journal.record_cycle(
        began_at, KIND, decision.result.status.value, f"{len(decision.result.moves)} moves recommended; {told}"
    )


def _act(
    decision: Decision,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool],
    patience: Patience,
) -> str:
    """What was done about it, in words."""
    level = decision.request.policy.automation_level
    if not decision.result.moves:
        return "nothing to do"
    if level is AutomationLevel.MANUAL:
        return "recorded only: the automation level is manual"
    if decision.result.status in NOT_TO_BE_ACTED_ON:
        return "not acted on: rules would still be broken"
    if level is AutomationLevel.PARTIALLY_AUTOMATED:
        decision = _mandatory(decision)
        if not decision.result.moves:
            return "recorded only: no move is mandatory"
    saved = saved_decision(decision, author=AUTHOR, created_at=world.clock.now())
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
    return outcome_text(outcome)


def _mandatory(decision: Decision) -> Decision:
    """Decided anew with mandatory moves alone: a part of an answer need not keep the rules that the whole keeps."""
    policy = replace(decision.request.policy, migration_threshold=ONLY_MANDATORY)
    mandatory = decide(replace(decision.request, policy=policy))
    if all(move.priority == ONLY_MANDATORY for move in mandatory.result.moves):
        return mandatory
    return replace(mandatory, result=replace(mandatory.result, moves=()))
