"""A decision as a plan that can be kept, applied at most once, and refused when its world has changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan
from recommender.planning.basis import plan_basis
from recommender.planning.plan import Plan
from recommender.planning.vcenter_evacuation import shared_work
from recommender.policy import Policy
from recommender.service.cycle import Decision


def saved_decision(
    decision: Decision, *, author: str, created_at: datetime, maintenance_mode: bool = False
) -> SavedPlan:
    """The decision's plan with the fingerprints of what it was made from; ``created_at`` is aware UTC."""
    request = decision.request
    return saved_plan(
        request.inventory,
        request.policy,
        decision.plan,
        request.evacuate,
        author=author,
        created_at=created_at,
        maintenance_mode=maintenance_mode,
    )


def saved_plan(
    inventory: Inventory,
    policy: Policy,
    plan: Plan,
    evacuate: Sequence[EntityRef] = (),
    *,
    author: str,
    created_at: datetime,
    maintenance_mode: bool = False,
) -> SavedPlan:
    """``plan`` to be kept; of hosts that vCenter empties when they enter maintenance mode it becomes a forecast."""
    basis = plan_basis(inventory, policy, plan)
    saved = SavedPlan(
        plan=plan,
        policy=policy,
        basis=basis,
        evacuate=tuple(evacuate),
        created_at=created_at,
        author=author,
        maintenance_mode=maintenance_mode,
    )
    if not maintenance_mode:
        return saved
    shared = shared_work(inventory, policy, plan, evacuate, constraints_for(policy, evacuate=tuple(evacuate)))
    if not shared.by_vcenter:
        return saved
    return replace(saved, plan=shared.own, by_vcenter=shared.by_vcenter, forecast=shared.forecast)
