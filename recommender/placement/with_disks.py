"""VMs that no other host can take as they are leave an evacuated host with their disks, where the policy allows that.

The others are placed first, without copying anything; what is left is then asked about hosts and datastores as pairs.
"""

from dataclasses import replace
from typing import Final

from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.disks.answer import solve_disks
from recommender.placement.engine.run import SearchRun
from recommender.placement.free_vms import asked_violations
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.rules_asked import rules_asked, terms_asked
from recommender.placement.tied_vms import moves_of_tied_vms

ROUNDS: Final = 3


def with_disks_along(request: PlacementRequest, result: PlacementResult, run: SearchRun) -> PlacementResult:
    """``result`` with the moves of those that could not leave without their disks; unchanged where none is wanted."""
    stuck = frozenset(one.vm for one in result.unplaceable)
    if not stuck or request.goal is not Goal.EVACUATE or not request.policy.relocation.copy_disks:
        return result
    picture = inventory_after(request.inventory, result.moves)
    asked = replace(request, inventory=picture, with_disks=stuck)
    found = _in_rounds(asked, run)
    left = stuck - {move.vm for move in found.moves}
    after = replace(request, inventory=inventory_after(picture, found.moves))
    tied = moves_of_tied_vms(after, left, lambda question: solve_disks(question, run))
    added = (*found.moves, *tied)
    if not added:
        return result
    moves = tuple(sorted((*result.moves, *added), key=lambda move: (move.priority, -move.gain, move.vm)))
    end = inventory_after(picture, added)
    gone = {move.vm for move in added}
    terms = terms_asked(asked)
    remaining = asked_violations(request, rules_asked(request), end) if tied else found.remaining_violations
    return replace(
        result,
        status=SolveStatus.FEASIBLE if tied and not remaining else found.status,
        starting_objective=objective_of(terms, request.inventory, request.inventory),
        objective=objective_of(terms, request.inventory, end),
        bound=None,
        moves=moves,
        unplaceable=tuple(one for one in result.unplaceable if one.vm not in gone),
        remaining_violations=remaining,
        rounds=run.rounds,
        is_stopped=run.is_stopped,
    )


def _in_rounds(request: PlacementRequest, run: SearchRun) -> PlacementResult:
    """Of very many VMs each is offered a part of the hosts: what that leaves is asked again, with more for each."""
    found = solve_disks(request, run)
    moves = found.moves
    for _ in range(ROUNDS - 1):
        left = request.with_disks - {move.vm for move in moves}
        if not found.moves or not left or run.is_stopped:
            break
        found = solve_disks(replace(request, inventory=inventory_after(request.inventory, moves), with_disks=left), run)
        moves += found.moves
    return replace(found, moves=moves)
