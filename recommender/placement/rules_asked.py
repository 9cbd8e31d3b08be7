"""The hard rules that a request is answered under."""

from recommender.constraints.base import Constraint
from recommender.constraints.registry import constraints_for
from recommender.placement.request import PlacementRequest


def rules_asked(request: PlacementRequest) -> tuple[Constraint, ...]:
    """All rules under the request's policy, but for those that the question leaves out."""
    everything = constraints_for(request.policy, evacuate=request.evacuate, among=request.among)
    return tuple(rule for rule in everything if rule.name not in request.without_constraints)
