"""What the service may make by itself where people decide about some VMs: an answer of its own, not a part of one.

A part of an answer need not keep the rules that the whole keeps, nor pay: what relieves a host may only do so because
another move that waits for a person makes room. So it is decided anew with those VMs where they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.engine.run import SearchRun
from recommender.placement.result import Move
from recommender.placement.rules_asked import terms_asked
from recommender.policy import AutomationLevel
from recommender.service.balancing.automation_levels import level_of
from recommender.service.cycle import Decision, decide
from recommender.settings.settings import Settings

ONLY_MANDATORY: Final = 1  # as migration threshold and as priority
ROUNDS: Final = 3  # each leaves more partially automated VMs alone, which would move although nobody needs it
BY_HAND: Final = "a person decides about it"


def automatic_answer(decision: Decision, settings: Settings, run: Callable[[], SearchRun] = SearchRun) -> Decision:
    """What may be made without people; the decision as it is where that is all of it. Raises ``PlanError``.

    ``run``: for each search that it takes. Without moves where nothing may: a person has to decide about each, or no
    rule needs any.
    """
    inventory, level = decision.request.inventory, settings.policy.automation_level
    levels = {vm.ref: level_of(vm.ref, inventory, settings.automation, level)[0] for vm in inventory.virtual_machines}
    if not decision.result.moves or set(levels.values()) == {AutomationLevel.MANUAL}:
        return _without_moves(decision)
    answer = decision if AutomationLevel.FULLY_AUTOMATED in levels.values() else _mandatory(decision, run)
    by_hand = _by_hand(answer, settings)
    if not by_hand:
        return answer
    by_hand |= {vm for vm, found in levels.items() if found is AutomationLevel.MANUAL}
    for _ in range(ROUNDS):
        left = (*answer.request.left_alone, *((vm, BY_HAND) for vm in sorted(by_hand)))
        answer = decide(replace(answer.request, left_alone=left), run())
        by_hand = _by_hand(answer, settings)
        if not by_hand:
            return answer
    return _without_moves(answer)


def loss_of(decision: Decision, moves: tuple[Move, ...]) -> str | None:
    """Why these moves alone do not pay, with numbers; ``None`` if they do, or if a rule needs one of them."""
    if len(moves) == len(decision.result.moves) or any(move.priority == ONLY_MANDATORY for move in moves):
        return None
    request, terms = decision.request, terms_asked(decision.request)
    before = objective_of(terms, request.inventory, request.inventory).total
    after = objective_of(terms, request.inventory, inventory_after(request.inventory, moves)).total
    if after < before:
        return None
    return f"{len(moves)} of {len(decision.result.moves)} moves alone do not pay (objective {before:.1f} → {after:.1f})"


def is_automatic(move: Move, levels: Mapping[EntityRef, AutomationLevel]) -> bool:
    """Whether the service may make it by itself."""
    level = levels[move.vm]
    return level is AutomationLevel.FULLY_AUTOMATED or (
        level is AutomationLevel.PARTIALLY_AUTOMATED and move.priority == ONLY_MANDATORY
    )


def levels_of(decision: Decision, settings: Settings) -> dict[EntityRef, AutomationLevel]:
    """By VM that would move."""
    inventory, level = decision.request.inventory, settings.policy.automation_level
    return {move.vm: level_of(move.vm, inventory, settings.automation, level)[0] for move in decision.result.moves}


def _by_hand(decision: Decision, settings: Settings) -> set[EntityRef]:
    levels = levels_of(decision, settings)
    return {move.vm for move in decision.result.moves if not is_automatic(move, levels)}


def _mandatory(decision: Decision, run: Callable[[], SearchRun]) -> Decision:
    """Decided anew with mandatory moves alone."""
    policy = replace(decision.request.policy, migration_threshold=ONLY_MANDATORY)
    mandatory = decide(replace(decision.request, policy=policy), run())
    if all(move.priority == ONLY_MANDATORY for move in mandatory.result.moves):
        return mandatory
    return _without_moves(mandatory)


def _without_moves(decision: Decision) -> Decision:
    return replace(decision, result=replace(decision.result, moves=()))
