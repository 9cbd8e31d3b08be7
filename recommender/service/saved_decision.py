"""A decision as a plan that can be kept, applied at most once, and refused when its world has changed."""

from datetime import datetime

from recommender.journal.plan_file import SavedPlan
from recommender.planning.basis import plan_basis
from recommender.service.cycle import Decision


def saved_decision(
    decision: Decision, *, author: str, created_at: datetime, maintenance_mode: bool = False
) -> SavedPlan:
    """The decision's plan with the fingerprints of what it was made from; ``created_at`` is aware UTC."""
    request = decision.request
    return SavedPlan(
        plan=decision.plan,
        policy=request.policy,
        basis=plan_basis(request.inventory, request.policy, decision.plan),
        evacuate=request.evacuate,
        created_at=created_at,
        author=author,
        maintenance_mode=maintenance_mode,
    )
