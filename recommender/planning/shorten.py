"""Making a draft shorter: orders that CP-SAT finds are tried on the real timeline, and the best draft is kept."""

from collections.abc import Sequence
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.planning.gates import gates_of
from recommender.planning.list_schedule import Draft, ListSchedule
from recommender.planning.order_model import best_order
from recommender.planning.other_orders import FOR_ORDER, end_s
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfer import median_transfer
from recommender.policy import Policy

WORTH_TRYING: Final = 1.005  # makespan over bound; below it nothing is looked for


def shorter(
    inventory: Inventory,
    policy: Policy,
    constraints: Sequence[Constraint],
    said: RoomStatements,
    draft: Draft,
    bound_s: float,
    effort: float,
) -> tuple[Draft, float]:
    """The best draft found and the best bound known, from a draft and a bound; ``effort`` as in ``best_order``.

    The bound is that of the steps as they are in the draft, hops included.
    """
    if not is_worth_trying(draft, bound_s):
        return draft, bound_s
    moves = [step.move for step in draft.steps]
    alone_s = [median_transfer(inventory, policy, move).alone_s for move in moves]
    found = best_order(inventory, policy, said, draft.steps, alone_s, (1 - FOR_ORDER) * effort)
    if found.starts_s is None:
        return draft, bound_s
    order = sorted(range(len(moves)), key=lambda number: (found.starts_s[number], number) if found.starts_s else ())
    moves, starts = [moves[n] for n in order], [found.starts_s[n] for n in order]
    ends = [start + alone_s[n] for start, n in zip(starts, order, strict=True)]
    vms = {move.vm for move in moves}
    drafts = [draft]
    for gates in (gates_of(moves, starts, ends), []):
        other = ListSchedule(inventory, policy, moves, constraints, vms, said, gates=gates).run()
        if not other.stuck and len(other.steps) == len(moves):
            drafts.append(other)
    return min(drafts, key=end_s), max(bound_s, found.bound_s)


def is_worth_trying(draft: Draft, bound_s: float) -> bool:
    """Whether a shorter order may exist that is worth the search."""
    return end_s(draft) > WORTH_TRYING * bound_s
