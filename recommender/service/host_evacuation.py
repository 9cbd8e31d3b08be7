"""Deciding an evacuation where vCenter may be the one that carries it out."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan
from recommender.placement.request import PlacementRequest
from recommender.planning.vcenter_evacuation import steered_hosts
from recommender.policy import MoveScope, Policy
from recommender.report.names import Names
from recommender.report.text import plain
from recommender.service.cycle import Decision, decide
from recommender.service.saved_decision import saved_decision

KEY: Final = "policy.own_moves_in_drs_clusters"


def decide_evacuation(request: PlacementRequest, *, maintenance_mode: bool) -> Decision | str:
    """The decision on ``request.evacuate``, or why there can be none where DRS steers, in words.

    What vCenter will do is forecast within the cluster, which DRS never leaves. The decision's request keeps the
    policy as it is, so that a plan made of it is not stale.
    """
    inventory, policy, hosts = request.inventory, request.policy, request.evacuate
    if maintenance_mode and (refusal := _beyond_one_domain(inventory, hosts)):
        return refusal
    steered = () if policy.own_moves_in_drs_clusters else steered_hosts(inventory, hosts)
    if not steered:
        return decide(request)
    told = f"DRS is fully automated where {Names(inventory).all_of(steered)} {'is' if len(steered) == 1 else 'are'}"
    if not maintenance_mode:
        return (
            f"{told}: only entering maintenance mode lets vCenter empty {'it' if len(steered) == 1 else 'them'} "
            "(--maintenance-mode, maintenance_mode = true), and DRS may bring VMs back that we take away; "
            f"{KEY} = true moves them all the same"
        )
    if policy.move_scope is MoveScope.CLUSTER:
        return decide(request)
    others = [host for host in hosts if host not in steered]
    if others:
        return (
            f"{told}, which never moves a VM out of its cluster, while the policy's move_scope for "
            f"{Names(inventory).all_of(tuple(others))} is {policy.move_scope.value}: evacuate them apart"
        )
    decision = decide(replace(request, policy=replace(policy, move_scope=MoveScope.CLUSTER)))
    return replace(decision, request=request)


def _beyond_one_domain(inventory: Inventory, hosts: tuple[EntityRef, ...]) -> str | None:
    """Why hosts of vSAN may not all be in maintenance mode at one time; ``None`` if they may."""
    names = Names(inventory)
    for cluster in inventory.clusters:
        here = [host for ref in hosts if (host := inventory.find_host(ref)) is not None and host.cluster == cluster.ref]
        domains = {host.vsan_fault_domain or host.ref for host in here}
        if cluster.vsan_enabled and len(domains) > 1:
            told = ", ".join(f"{names.of(host.ref)} in {plain(host.vsan_fault_domain or 'its own')}" for host in here)
            return (
                f"cluster {names.of(cluster.ref)} has vSAN: hosts of one fault domain alone may be away at one time, "
                f"these are of {len(domains)} ({told}); empty one after the other, or use `maintain run`"
            )
    return None


def plan_of_the_rest(
    decision: Decision, *, author: str, created_at: datetime, maintenance_mode: bool
) -> SavedPlan | str:
    """What can still be done of an evacuation that was begun, or why nothing can; VMs that cannot leave stay."""
    saved = saved_decision(decision, author=author, created_at=created_at, maintenance_mode=maintenance_mode)
    if saved.plan.steps or saved.by_vcenter:
        return saved
    names = Names(decision.request.inventory)
    reasons = [
        f"{names.of(vm.vm)}: {vm.rejections[0].reason if vm.rejections else 'no host takes it'}"
        for vm in decision.result.unplaceable
    ]
    return "; ".join(reasons) or "nothing is left to be moved"


def loud_warning(inventory: Inventory, policy: Policy, hosts: tuple[EntityRef, ...]) -> str | None:
    """What has to be said where we move VMs although DRS is fully automated; ``None`` where we do not."""
    steered = steered_hosts(inventory, hosts) if policy.own_moves_in_drs_clusters else ()
    if not steered:
        return None
    return (
        f"WARNING: {KEY} is set: we move VMs away from {Names(inventory).all_of(steered)} although DRS is fully "
        "automated there; it may cross these migrations or undo them"
    )
