"""Telling why moves cannot be made: who waits for whom, and what the rules say about it, with numbers."""

from collections.abc import Sequence
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.concurrency_limits import units_of
from recommender.planning.evolving_picture import places_needed, refusals
from recommender.planning.order.rules import OrderRules
from recommender.planning.plan import Blocked
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy

REASONS_TOLD: Final = 3


def blocked_moves(
    start: Inventory, picture: Inventory, policy: Policy, constraints: Sequence[Constraint], stuck: Sequence[Move]
) -> list[Blocked]:
    """``stuck`` moves in groups that wait for each other, each with its reason.

    ``start``: before the plan; ``picture``: once everything else has been done; ``constraints``: the continuous rules.
    """
    ledger, order = UnitLedger(start, policy), OrderRules(start, policy.order, stuck)
    blocked = []
    for group in _groups(stuck):
        reasons = [_reason(picture, policy, ledger, order, constraints, move) for move in group]
        told = "; ".join(reasons[:REASONS_TOLD])
        if len(reasons) > REASONS_TOLD:
            told += f"; and {len(reasons) - REASONS_TOLD} more like these"
        if len(group) > 1:
            told = f"they wait for each other, and no way over an intermediate host was found: {told}"
        blocked.append(Blocked(moves=tuple(group), reason=told))
    return blocked


def _reason(
    picture: Inventory,
    policy: Policy,
    ledger: UnitLedger,
    order: OrderRules,
    constraints: Sequence[Constraint],
    move: Move,
) -> str:
    vm, destination = picture.vm(move.vm), picture.host(move.destination)
    if vm.host != move.source:
        here, there = picture.find_host(vm.host), picture.find_host(move.source)
        return f"{vm.name} is on {here.name if here else vm.host}, not on {there.name if there else move.source}"
    shortage = ledger.shortage(units_of(picture, policy, move))
    if shortage:
        return f"{vm.name} to {destination.name}: {shortage}"
    held = order.holder(move.vm)
    if held is not None:
        return f"{vm.name} to {destination.name}: {held[0]!r} wants {picture.vm(held[1]).name} moved first"
    found = refusals(constraints, picture, move)
    reason = found[0].reason if found else "another move of this plan has to come first and cannot"
    return f"{vm.name} to {destination.name}: {reason}"


def _groups(stuck: Sequence[Move]) -> list[list[Move]]:
    """Moves that are in each other's way in a circle stand together, all others alone."""
    waits_for = [
        {n for n, other in enumerate(stuck) if n != m and other.source in places_needed(move)}
        for m, move in enumerate(stuck)
    ]
    reached = [_reachable(waits_for, m) for m in range(len(stuck))]
    groups: list[list[Move]] = []
    grouped: set[int] = set()
    for m in range(len(stuck)):
        if m not in grouped:
            group = [m, *(n for n in range(m + 1, len(stuck)) if n in reached[m] and m in reached[n])]
            grouped.update(group)
            groups.append([stuck[n] for n in group])
    return groups


def _reachable(waits_for: Sequence[set[int]], start: int) -> set[int]:
    found: set[int] = set()
    border = list(waits_for[start])
    while border:
        one = border.pop()
        if one not in found:
            found.add(one)
            border.extend(waits_for[one])
    return found
