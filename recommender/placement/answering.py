"""The answer to any question to placement, whatever its goal."""

from recommender.placement.consolidate import consolidate
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult
from recommender.placement.solve import solve


def answer_to(request: PlacementRequest) -> PlacementResult:
    """By the goal: a search over sets of hosts for consolidation, otherwise one search."""
    return consolidate(request).result if request.goal is Goal.CONSOLIDATE else solve(request)
