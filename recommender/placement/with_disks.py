"""VMs that no other host can take as they are leave an evacuated host with their disks, where the policy allows that.

The others are placed first, without copying anything; what is left is then asked about hosts and datastores as pairs.
"""

from dataclasses import replace

from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.disks.answer import solve_disks
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult
from recommender.placement.rules_asked import terms_asked
from recommender.placement.search_run import SearchRun


def with_disks_along(request: PlacementRequest, result: PlacementResult, run: SearchRun) -> PlacementResult:
    """``result`` with the moves of those that could not leave without their disks; unchanged where none is wanted."""
    stuck = frozenset(one.vm for one in result.unplaceable)
    if not stuck or request.goal is not Goal.EVACUATE or not request.policy.relocation.copy_disks:
        return result
    picture = inventory_after(request.inventory, result.moves)
    asked = replace(request, inventory=picture, with_disks=stuck)
    found = solve_disks(asked, run)
    if not found.moves:
        return result
    moves = tuple(sorted((*result.moves, *found.moves), key=lambda move: (move.priority, -move.gain, move.vm)))
    end = inventory_after(picture, found.moves)
    gone = {move.vm for move in found.moves}
    terms = terms_asked(asked)
    return replace(
        result,
        status=found.status,
        starting_objective=objective_of(terms, request.inventory, request.inventory),
        objective=objective_of(terms, request.inventory, end),
        bound=None,
        moves=moves,
        unplaceable=tuple(one for one in result.unplaceable if one.vm not in gone),
        remaining_violations=found.remaining_violations,
        rounds=run.rounds,
        is_stopped=run.is_stopped,
    )
