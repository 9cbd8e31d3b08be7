"""What no order of the steps can undercut: the work of each place and link, and who must leave before another comes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import UnitPlace, units_of
from recommender.planning.evolving_picture import refusals
from recommender.planning.transfers.transfer import Link, Transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

ROUNDING: Final = 1e-9  # so that sums in another order never pass for a better bound


def lower_bound_s(
    inventory: Inventory,
    policy: Policy,
    constraints: Sequence[Constraint],
    moves: Sequence[Move],
    transfers: Sequence[Transfer],
    suspects: Sequence[Move],
) -> float:
    """Seconds that the moves take in any order, at median times and hops as they are in ``moves``.

    At every place and link: of the moves that cannot begin before some moment, the work, divided by what the place
    can do at a time, comes after that moment. A move begins no earlier than the first end of a move that leaves where
    it needs room, if at the start a continuous rule forbids it; only ``suspects`` are asked about that.
    """
    heads = _earliest_starts(inventory, constraints, moves, transfers, suspects)
    bound = max((head + transfer.alone_s for head, transfer in zip(heads, transfers, strict=True)), default=0.0)
    ledger = UnitLedger(inventory, policy)
    work: defaultdict[UnitPlace | Link, list[tuple[float, float]]] = defaultdict(list)
    for move, transfer, head in zip(moves, transfers, heads, strict=True):
        for place, units in units_of(inventory, policy, move).items():
            work[place].append((head, units * transfer.alone_s / ledger.grantable(place)))
        for link, mib_s in transfer.links:
            # Nothing is sent before the fixed part is over.
            work[link].append((head + transfer.fixed_s, transfer.work_mib / mib_s))
    return max([bound, *(_after_latest(loads) for loads in work.values())]) * (1 - ROUNDING)


def _after_latest(loads: list[tuple[float, float]]) -> float:
    """The longest of: not before ``head``, and then all that comes no earlier, one after another."""
    best = total = 0.0
    for head, seconds in sorted(loads, reverse=True):
        total += seconds
        best = max(best, head + total)
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
