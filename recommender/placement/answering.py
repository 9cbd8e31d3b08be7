"""The answer to any question to placement, whatever its goal."""

from recommender.placement.consolidate import consolidate
from recommender.placement.engine.run import SearchRun, stop_after
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult
from recommender.placement.solve import solve


def answer_to(request: PlacementRequest, run: SearchRun | None = None) -> PlacementResult:
    """By the goal: a search over sets of hosts for consolidation, otherwise one search."""
    run = run or SearchRun()
    return consolidate(request, run).result if request.goal is Goal.CONSOLIDATE else solve(request, run)


def answer_again(request: PlacementRequest, then: PlacementResult) -> PlacementResult:
    """The same question once more; where the search was stopped ``then``, it is after as many rounds."""
    return answer_to(request, SearchRun(stop=stop_after(then.rounds)) if then.is_stopped else None)
