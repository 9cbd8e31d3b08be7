"""Where the VMs of a wave go: to hosts whose turn is over, as far as these have room; else to hosts still to come."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.placement.result import Move, PlacementResult
from recommender.placement.solve import solve
from recommender.placement.tried import NOTHING_TRIED, Tried
from recommender.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEmptied:
    """Why hosts cannot be emptied together; ``holding``: those with VMs that found no place."""

    reason: str
    holding: frozenset[EntityRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evacuator:
    """Empties hosts in a picture of the estate, everything else of the question being given."""

    policy: Policy
    before: Tried = NOTHING_TRIED
    recent_moves: tuple[RecentMove, ...] = ()
    seed: int = 0
    limits: SolveLimits = field(default_factory=SolveLimits)

    def emptied(
        self,
        inventory: Inventory,
        hosts: Sequence[Host],
        destinations: Sequence[Host],
        closed: Sequence[Host] = (),
    ) -> tuple[Move, ...] | NotEmptied:
        """The moves that empty ``hosts`` with every rule kept, or why that cannot be.

        Destinations are ``destinations`` alone; ``closed`` hosts are emptied too, so that nothing goes there.
        """
        evacuate = {host.ref for host in (*hosts, *closed)}
        request = PlacementRequest(
            inventory=inventory,
            policy=self.policy,
            goal=Goal.EVACUATE,
            evacuate=tuple(sorted(evacuate)),
            among=tuple(sorted({host.ref for host in (*hosts, *destinations)})),
            recent_moves=self.recent_moves,
            left_alone=self.before.left_alone,
            failed=self.before.failed,
            seed=self.seed,
            limits=self.limits,
        )
        result = solve(request)
        if not result.remaining_violations:
            return result.moves
        left = {vm for broken in result.remaining_violations for vm in broken.vms}
        holding = frozenset(found.host for vm in left if (found := inventory.find_vm(vm)) is not None)
        return NotEmptied(reason=_told(inventory, result), holding=holding)

    def balanced(self, inventory: Inventory, hosts: Sequence[Host]) -> tuple[Move, ...]:
        """What pays to be moved among ``hosts``; the waves' own moves are no reason to stay."""
        request = PlacementRequest(
            inventory=inventory,
            policy=self.policy,
            among=tuple(sorted({host.ref for host in hosts})),
            left_alone=self.before.left_alone,
            failed=self.before.failed,
            seed=self.seed,
            limits=self.limits,
        )
        return solve(request).moves


def joined(inventory: Inventory, first: Sequence[Move], then: Sequence[Move]) -> tuple[Move, ...]:
    """Two answers, the second given on the picture after the first, as one: a VM that both move goes straight there."""
    later = {move.vm: move for move in then}
    moves = []
    for move in first:
        last = later.pop(move.vm, None)
        if last is None:
            moves.append(move)
        elif last.destination != inventory.vm(move.vm).host:
            moves.append(replace(last, source=move.source))
    return (*moves, *later.values())


def _told(inventory: Inventory, result: PlacementResult) -> str:
    stuck = result.unplaceable
    if not stuck:
        left = result.remaining_violations
        return f"{len(left)} VMs cannot leave (first: {_name(inventory, left[0].vms[0])}: {left[0].reason})"
    reasons = {rejection.constraint: rejection.reason for rejection in stuck[0].rejections}
    told = "; ".join(f"{rule}: {reason}" for rule, reason in sorted(reasons.items())[:2]) or "no host is left to go to"
    return f"{len(stuck)} VMs have nowhere to go (first: {_name(inventory, stuck[0].vm)}: {told})"


def _name(inventory: Inventory, vm: EntityRef) -> str:
    found = inventory.find_vm(vm)
    return found.name if found else str(vm)
