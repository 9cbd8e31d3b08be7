"""What no order of the steps can undercut: the work of each place and link, and who must leave before another comes."""

from collections import defaultdict
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import UnitPlace, units_of
from recommender.planning.evolving_picture import refusals
from recommender.planning.order.room_times import room_times
from recommender.planning.room_statements import RoomStatements
from recommender.planning.transfers.transfer import Link, Transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

ROUNDING: Final = 1e-9  # so that sums in another order never pass for a better bound

_Load = tuple[float, float, float]  # seconds before it, of its own, and after it


def lower_bound_s(
    inventory: Inventory,
    policy: Policy,
    constraints: Sequence[Constraint],
    moves: Sequence[Move],
    transfers: Sequence[Transfer],
    suspects: Sequence[Move],
    said: RoomStatements | None,
) -> float:
    """Seconds that the moves take in any order, at median times and hops as they are in ``moves``.

    At every place and link: of the moves that cannot begin before some moment and that others must follow for some
    time, the work, divided by what the place can do at a time, is done between the two. Room says when a move begins at
    the soonest (``room_times``) where the rules can be ``said``. Besides, if at the start a continuous rule forbids it,
    it begins no earlier than the first end of a move that leaves where it needs room; only ``suspects`` are asked that.
    """
    heads = _earliest_starts(inventory, constraints, moves, transfers, suspects)
    tails = [0.0] * len(moves)
    if said is not None:
        room = room_times(said, moves, transfers)
        heads, tails = list(map(max, heads, room.heads)), room.tails
    ways = zip(heads, transfers, tails, strict=True)
    bound = max((head + transfer.alone_s + tail for head, transfer, tail in ways), default=0.0)
    ledger = UnitLedger(inventory, policy)
    work: defaultdict[UnitPlace | Link, list[_Load]] = defaultdict(list)
    for move, transfer, head, tail in zip(moves, transfers, heads, tails, strict=True):
        for place, units in units_of(inventory, policy, move).items():
            work[place].append((head, units * transfer.alone_s / ledger.grantable(place), tail))
        for link, mib_s in transfer.links:
            # Nothing is sent before the fixed part is over.
            work[link].append((head + transfer.fixed_s, transfer.work_mib / mib_s, tail))
    return max([bound, *(_one_by_one(loads) for loads in work.values())]) * (1 - ROUNDING)


def _one_by_one(loads: list[_Load]) -> float:
    """When all is over at the soonest: each in turn, the one with the longest tail first, as soon as it is there.

    That is the longest, over all sets of them, of: the first head, all work of the set, the shortest tail. Source:
    J. R. Jackson's rule with preemption (Carlier, "The one-machine sequencing problem", EJOR 1982).
    """
    best = now = 0.0
    coming = sorted(loads, reverse=True)
    there: list[tuple[float, float]] = []  # tail, negative, and seconds left
    while coming or there:
        now = max(now, coming[-1][0]) if not there else now
        while coming and coming[-1][0] <= now:
            _, seconds, tail = coming.pop()
            heappush(there, (-tail, seconds))
        tail, seconds = heappop(there)
        until = min(now + seconds, coming[-1][0]) if coming else now + seconds
        if until < now + seconds:
            heappush(there, (tail, now + seconds - until))
        now = until
        best = max(best, now - tail)
    return best


def _earliest_starts(
    inventory: Inventory,
    constraints: Sequence[Constraint],
    moves: Sequence[Move],
    transfers: Sequence[Transfer],
    suspects: Sequence[Move],
) -> list[float]:
    """For each move a moment before which it cannot start."""
    asked = {(move.vm, move.source) for move in suspects}
    enablers = [
        _enablers(inventory, constraints, moves, move, is_suspect=(move.vm, move.source) in asked) for move in moves
    ]
    heads = [0.0] * len(moves)
    # Every round is a valid bound already, so cycles (in which only a hop helps) need not come to rest.
    for _ in range(8):
        ends = [head + transfer.alone_s for head, transfer in zip(heads, transfers, strict=True)]
        new = [min((ends[one] for one in any_of), default=0.0) if any_of else 0.0 for any_of in enablers]
        if new == heads:
            break
        heads = new
    return heads


def _enablers(
    inventory: Inventory, constraints: Sequence[Constraint], moves: Sequence[Move], move: Move, *, is_suspect: bool
) -> list[int]:
    """The moves of which at least one must have ended before ``move`` starts; none if it may start at once."""
    if inventory.vm(move.vm).host != move.source:
        return [n for n, other in enumerate(moves) if other.vm == move.vm and other.destination == move.source]
    if not is_suspect or all(broken.host != move.destination for broken in refusals(constraints, inventory, move)):
        return []
    return [n for n, other in enumerate(moves) if move.destination == other.source != other.destination]
