"""Other orders: where memory chains the moves, considering first what leaves the busiest place is not the best.

Small VMs first find room in a crowded place and make some. And as a link carries the same in all, however many share
it, one at a time holds room at both ends for less long: an order in which no two share a host is the start for CP-SAT.
Each is tried on the real timeline, which is cheap.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.move_order import CapScope, MigrationCap
from recommender.placement.result import Move
from recommender.planning.gates import gates_of
from recommender.planning.list_schedule import Draft, ListSchedule
from recommender.planning.order_model import TICKS_A_S, best_order, in_ticks
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfer import Transfer, median_transfer
from recommender.policy import Policy

FOR_ORDER: Final = 0.75  # of the effort; the rest goes into the bound
# No cap of an operator can have an empty name.
ONE_AT_A_HOST: Final = MigrationCap(name="", scope=CapScope.HOST, at_once=1)


def tried_otherwise(
    inventory: Inventory,
    policy: Policy,
    wanted: Sequence[Move],
    constraints: Sequence[Constraint],
    said: RoomStatements,
    effort: float,
) -> list[Draft]:
    """Other complete drafts of ``wanted``; ``effort`` as in ``best_order``."""
    small_first = sorted(wanted, key=lambda move: (inventory.vm(move.vm).memory_mib, move.vm))
    drafts = [ListSchedule(inventory, policy, small_first, constraints, (), said).run()]
    narrow = replace(policy, order=replace(policy.order, cap=(*policy.order.cap, ONE_AT_A_HOST)))
    apart = [
        ListSchedule(inventory, narrow, order, constraints, (), said, transfer_of=_unshared).run()
        for order in (small_first, wanted)
    ]
    apart = [draft for draft in apart if not draft.stuck]
    if apart:
        drafts.extend(_timed(inventory, policy, constraints, said, min(apart, key=end_s), effort))
    return [draft for draft in drafts if not draft.stuck]


def _timed(
    inventory: Inventory,
    policy: Policy,
    constraints: Sequence[Constraint],
    said: RoomStatements,
    draft: Draft,
    effort: float,
) -> list[Draft]:
    """What CP-SAT makes of a draft in which nothing is shared: as it says, and each as early as its order lets."""
    moves = [step.move for step in draft.steps]
    transfers = [median_transfer(inventory, policy, move) for move in moves]
    alone_s = [transfer.alone_s for transfer in transfers]
    found = best_order(inventory, policy, said, draft.steps, alone_s, FOR_ORDER * effort, transfers)
    starts = found.starts_s or [step.start_s for step in draft.steps]
    order = sorted(range(len(moves)), key=lambda number: (starts[number], number))
    moves, times = [moves[n] for n in order], [starts[n] for n in order]
    ends = [start + in_ticks(alone_s[n]) / TICKS_A_S for start, n in zip(times, order, strict=True)]
    vms = {move.vm for move in moves}
    exactly = ListSchedule(inventory, policy, moves, constraints, vms, said, not_before=times).run()
    early = ListSchedule(inventory, policy, moves, constraints, vms, said, gates=gates_of(moves, times, ends)).run()
    return [exactly, early]


def _unshared(inventory: Inventory, policy: Policy, move: Move) -> Transfer:
    """As if nobody shared anything, in whole ticks: then sums of them are exact."""
    seconds = in_ticks(median_transfer(inventory, policy, move).alone_s) / TICKS_A_S
    return Transfer(fixed_s=seconds, work_mib=0.0, own_mib_s=inf, links=())


def end_s(draft: Draft) -> float:
    """When its last step ends."""
    return max((step.end_s or 0.0 for step in draft.steps), default=0.0)
