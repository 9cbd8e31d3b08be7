"""Which VMs are left alone for a while, by what the history tells of their moves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.budgets import spent_budgets
from recommender.placement.request import PlacementRequest

DAY: Final = timedelta(days=1)


def resting_vms(request: PlacementRequest, constraints: Sequence[Constraint]) -> tuple[tuple[EntityRef, str], ...]:
    """The VMs that rest, each with the reason; not those that break a rule where they stand."""
    policy, now = request.policy, request.inventory.taken_at
    moves: defaultdict[str, list[datetime]] = defaultdict(list)
    for move in request.recent_moves:
        if now - DAY < move.ended_at <= now:
            moves[move.instance_uuid].append(move.ended_at)
    resting: list[tuple[VirtualMachine, str]] = []
    spent = spent_budgets(request) if policy.budget.is_limited else {}
    for vm in request.inventory.virtual_machines if moves or spent else ():
        ended = moves.get(vm.instance_uuid, [])
        if not ended and vm.ref not in spent:
            continue
        reason = spent.get(vm.ref, "")
        ago_s = (now - max(ended)).total_seconds() if ended else inf
        if ago_s < policy.cool_down_s:
            reason = f"it was moved {ago_s / 60:.0f} min ago and rests for {policy.cool_down_s / 60:.0f} min"
        elif len(ended) >= policy.moves_per_vm_per_day:
            reason = (
                f"it was moved {len(ended)} times in a day, at most {policy.moves_per_vm_per_day} times are allowed"
            )
        if reason:
            resting.append((vm, reason))
    excused = _broken_where_they_stand(request, constraints, [vm for vm, _ in resting])
    return tuple((vm.ref, reason) for vm, reason in resting if vm.ref not in excused)


def _broken_where_they_stand(
    request: PlacementRequest, constraints: Sequence[Constraint], vms: Sequence[VirtualMachine]
) -> frozenset[EntityRef]:
    """Those of ``vms`` for which a rule is broken on their own hosts."""
    home = {vm.ref: vm.host for vm in vms}
    return frozenset(
        ref
        for rule in constraints
        for found in rule.violations(request.inventory, vms)
        for ref in found.vms
        if not found.is_unknown and found.host is not None and found.host == home.get(ref)
    )
