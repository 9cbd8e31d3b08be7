"""Deciding an evacuation where vCenter may be the one that carries it out."""

from dataclasses import replace
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.request import PlacementRequest
from recommender.planning.vcenter_evacuation import steered_hosts
from recommender.policy import MoveScope, Policy
from recommender.report.names import Names
from recommender.service.cycle import Decision, decide

KEY: Final = "policy.own_moves_in_drs_clusters"


def decide_evacuation(request: PlacementRequest, *, maintenance_mode: bool) -> Decision | str:
    """The decision on ``request.evacuate``, or why there can be none where DRS steers, in words.

    What vCenter will do is forecast within the cluster, which DRS never leaves. The decision's request keeps the
    policy as it is, so that a plan made of it is not stale.
    """
    inventory, policy, hosts = request.inventory, request.policy, request.evacuate
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


def loud_warning(inventory: Inventory, policy: Policy, hosts: tuple[EntityRef, ...]) -> str | None:
    """What has to be said where we move VMs although DRS is fully automated; ``None`` where we do not."""
    steered = steered_hosts(inventory, hosts) if policy.own_moves_in_drs_clusters else ()
    if not steered:
        return None
    return (
        f"WARNING: {KEY} is set: we move VMs away from {Names(inventory).all_of(steered)} although DRS is fully "
        "automated there; it may cross these migrations or undo them"
    )
