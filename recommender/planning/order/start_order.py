"""Which move is considered first when several could start: mandatory ones, those of the busiest places, long ones.

Before that counts what the operator wants: VMs with a deadline, and long and risky moves first or last.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import inf
from operator import itemgetter

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.migration.estimate import RiskClass
from recommender.move_order import LargeMoves
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import UnitPlace, units_of
from recommender.planning.order.rules import OrderRules
from recommender.planning.transfers.transfer import Link, median_transfer
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

MANDATORY = 1  # vSphere's priority of moves that mend something


def in_start_order(inventory: Inventory, policy: Policy, moves: Sequence[Move]) -> list[Move]:
    """The moves, first to be considered first; the same whatever order they come in.

    A place or link that has the most to do decides when all is done, so it must never wait for work.
    """
    ledger = UnitLedger(inventory, policy)
    busy_s: defaultdict[UnitPlace | Link, float] = defaultdict(float)
    places: list[set[UnitPlace | Link]] = []
    for move in moves:
        units, transfer = units_of(inventory, policy, move), median_transfer(inventory, policy, move)
        for place, needed in units.items():
            busy_s[place] += needed * move.estimate.duration_p50_s / max(1, ledger.grantable(place))
        for link, mib_s in transfer.links:
            busy_s[link] += transfer.work_mib / mib_s
        places.append({*units, *(link for link, _ in transfer.links)})
    weights = [max(busy_s[place] for place in touched) for touched in places]
    rules = OrderRules(inventory, policy.order, moves)
    due = {vm: float(deadline.within_minutes) for vm, deadline in rules.deadlines.items()}
    keys = [
        (due.get(move.vm, inf), _size(policy.order.large_moves, move), *_rank(weight, move))
        for weight, move in zip(weights, moves, strict=True)
    ]
    return [move for _, move in sorted(zip(keys, moves, strict=True), key=itemgetter(0))]


def _size(large_moves: LargeMoves, move: Move) -> tuple[bool, float]:
    if large_moves is LargeMoves.BUSIEST_FIRST:
        return (False, 0.0)
    is_risky, seconds = move.estimate.risk is not RiskClass.SAFE, move.estimate.duration_p95_s
    return (not is_risky, -seconds) if large_moves is LargeMoves.FIRST else (is_risky, seconds)


def _rank(weight: float, move: Move) -> tuple[bool, float, float, EntityRef, EntityRef, EntityRef]:
    urgent = move.priority == MANDATORY
    return (not urgent, -weight, -move.estimate.duration_p50_s, move.vm, move.source, move.destination)
