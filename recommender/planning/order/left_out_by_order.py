"""Moves of a draft that the operator's order forbids: too late, or without others that have to move as well."""

from collections.abc import Sequence
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.list_schedule import Draft
from recommender.planning.order.rules import OrderRules
from recommender.planning.plan import Blocked
from recommender.policy import Policy

S_A_MINUTE: Final = 60.0


def left_out_by_order(
    inventory: Inventory, policy: Policy, draft: Draft, wanted: Sequence[Move], blocked: Sequence[Blocked]
) -> list[Blocked]:
    """Moves among ``wanted`` that must not be made, each with its reason; ``blocked`` are those left out before."""
    gone = {move.vm for group in blocked for move in group.moves} | {move.vm for move in draft.stuck}
    everything = [*wanted, *(move for group in blocked for move in group.moves)]
    rules = OrderRules(inventory, policy.order, everything)
    if policy.order.is_empty and not rules.befores:
        return []
    reasons = {ref: reason for ref, reason in rules.orphaned(gone).items() if ref not in gone}
    if not reasons:
        reasons = _late(rules, draft)
    return [Blocked(moves=(move,), reason=reasons[move.vm]) for move in wanted if move.vm in reasons]


def _late(rules: OrderRules, draft: Draft) -> dict[EntityRef, str]:
    """The move that is too late by most: without it others may be in time."""
    worst: tuple[float, EntityRef, str] | None = None
    for step in draft.steps:
        deadline = rules.deadlines.get(step.move.vm)
        if deadline is None or step.end_s is None:
            continue
        late_s = step.end_s - S_A_MINUTE * deadline.within_minutes
        if late_s > 0 and (worst is None or (late_s, step.move.vm) > worst[:2]):
            reason = (
                f"{deadline.name!r} wants it over within {deadline.within_minutes} min, it would end after "
                f"{step.end_s / S_A_MINUTE:.1f} min"
            )
            worst = (late_s, step.move.vm, reason)
    return {worst[1]: worst[2]} if worst else {}
