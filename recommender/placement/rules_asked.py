"""The hard rules and the cost terms that a request is answered under."""

from recommender.constraints.base import Constraint
from recommender.constraints.cross_vcenter import CrossVCenter
from recommender.constraints.failover_capacity import FailoverCapacity
from recommender.constraints.move_scope import MoveScopeRule
from recommender.constraints.registry import constraints_for
from recommender.inventory.reference import EntityRef
from recommender.objectives.base import CostTerm
from recommender.objectives.registry import objectives_for
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.resting import resting_vms
from recommender.placement.started_vms import OF_MIGRATING, ButStarted
from recommender.policy import MoveScope


def rules_asked(request: PlacementRequest) -> tuple[Constraint, ...]:
    """All rules under the request's policy, but for those that the question leaves out."""
    everything = _rules(request, request.left_alone)
    if request.goal is not Goal.EVACUATE and (request.recent_moves or request.policy.budget.is_limited):
        everything = _rules(request, (*request.left_alone, *resting_vms(request, everything)))
    kept = tuple(rule for rule in everything if rule.name not in request.without_constraints)
    if not request.started:
        return kept
    return tuple(_for_started(rule, request) for rule in kept)


def _rules(request: PlacementRequest, resting: tuple[tuple[EntityRef, str], ...]) -> tuple[Constraint, ...]:
    return constraints_for(
        request.policy, evacuate=request.evacuate, among=request.among, resting=resting, failed=request.failed
    )


def _for_started(rule: Constraint, request: PlacementRequest) -> Constraint:
    if rule.name in OF_MIGRATING:
        return ButStarted(rule, request.started)
    if isinstance(rule, (MoveScopeRule, CrossVCenter)) and request.newcomers:
        return ButStarted(rule, request.newcomers)
    if isinstance(rule, FailoverCapacity) and request.newcomers:
        return FailoverCapacity(scope=MoveScope.VCENTER)  # they enter whatever cluster they come to
    return rule


def copies_disks(request: PlacementRequest) -> bool:
    """Whether the question is about datastores, so that disks may be copied."""
    stores = {store.ref for store in request.inventory.datastores}
    is_emptied = request.goal is Goal.EVACUATE and not stores.isdisjoint(request.evacuate)
    return request.goal is Goal.DATASTORES or is_emptied or bool(request.with_disks)


def terms_asked(request: PlacementRequest) -> tuple[CostTerm, ...]:
    """What is better under the request's policy; VMs that are started cost no migration."""
    leaving = frozenset(request.evacuate)
    with_disks = request.goal is Goal.PLACE or copies_disks(request)
    return objectives_for(request.policy, started=request.started, leaving=leaving, with_disks=with_disks)
