"""VMs to be placed that are better off elsewhere with their disks than anywhere without copying, one after the other.

Hosts that take a VM as it is come first; who finds none that is better is asked about hosts and datastores as pairs.
"""

from collections.abc import Sequence
from dataclasses import replace

from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.ranking import rank_hosts
from recommender.placement.request import PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.rules_asked import terms_asked


def with_pairs(request: PlacementRequest, result: PlacementResult, existing: Sequence[EntityRef]) -> PlacementResult:
    """``result`` with the moves of those ``existing`` VMs that gain by taking their disks along.

    Unchanged where the policy copies no disks. Otherwise nothing is proven any more: pairs are chosen one by one.
    """
    if not existing or not request.policy.relocation.copy_disks:
        return result
    moves = list(result.moves)
    moved = {move.vm for move in moves}
    picture = inventory_after(request.inventory, moves)
    for ref in existing:
        if ref in moved:
            continue
        ranking = rank_hosts(replace(request, inventory=picture), picture.vm(ref))
        best = next((one for one in ranking.options if one.move.disk_moves and one.objective_change < 0), None)
        if best is not None:
            moves.append(best.move)
            picture = inventory_after(picture, (best.move,))
    terms, is_new = terms_asked(request), len(moves) > len(result.moves)
    improved = result.status in (SolveStatus.OPTIMAL, SolveStatus.NOTHING_TO_DO)
    return replace(
        result,
        status=SolveStatus.FEASIBLE if is_new and improved else _unproven(result.status),
        objective=objective_of(terms, request.inventory, picture) if is_new else result.objective,
        bound=None,
        moves=tuple(sorted(moves, key=lambda move: (move.priority, -move.gain, move.vm))),
    )


def _unproven(status: SolveStatus) -> SolveStatus:
    return SolveStatus.FEASIBLE if status is SolveStatus.OPTIMAL else status
