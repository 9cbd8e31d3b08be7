"""Which VMs are left alone for a while, by what the history tells of their moves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.reference import EntityRef
from recommender.placement.request import PlacementRequest

DAY: Final = timedelta(days=1)


def resting_vms(request: PlacementRequest, constraints: Sequence[Constraint]) -> tuple[tuple[EntityRef, str], ...]:
    """The VMs that rest, each with the reason; not those that break a rule where they stand."""
    policy, now = request.policy, request.inventory.taken_at
    moves: defaultdict[str, list[datetime]] = defaultdict(list)
    for move in request.recent_moves:
        if now - DAY < move.ended_at <= now:
            moves[move.instance_uuid].append(move.ended_at)
    resting = []
    for vm in request.inventory.virtual_machines if moves else ():
        ended = moves.get(vm.instance_uuid)
        if not ended:
            continue
        ago_s = (now - max(ended)).total_seconds()
        reason = ""
        if ago_s < policy.cool_down_s:
            reason = f"it was moved {ago_s / 60:.0f} min ago and rests for {policy.cool_down_s / 60:.0f} min"
        elif len(ended) >= policy.moves_per_vm_per_day:
            reason = (
                f"it was moved {len(ended)} times in a day, at most {policy.moves_per_vm_per_day} times are allowed"
            )
        broken = (found for rule in constraints for found in rule.violations(request.inventory, (vm,)))
        if reason and not any(found.host == vm.host and not found.is_unknown for found in broken):
            resting.append((vm.ref, reason))
    return tuple(resting)
