"""Deciding an evacuation where vCenter may be the one that carries it out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from recommender.actuation.vcenter_evacuation import STAYING_KINDS
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.plan_file import SavedPlan
from recommender.placement.answer import inventory_after
from recommender.placement.engine.run import SearchRun
from recommender.placement.request import PlacementRequest
from recommender.planning.absence import beyond_one_domain, may_be_away
from recommender.planning.vcenter_evacuation import steered_hosts
from recommender.policy import MoveScope, Policy
from recommender.report.names import Names
from recommender.report.text import plain
from recommender.service.cycle import Decision, decide
from recommender.service.saved_decision import saved_decision

KEY: Final = "policy.own_moves_in_drs_clusters"


def decide_evacuation(
    request: PlacementRequest, *, maintenance_mode: bool, run: SearchRun | None = None
) -> Decision | str:
    """The decision on ``request.evacuate``, or why there can be none as it is asked, in words.

    What vCenter will do is forecast within the cluster, which DRS never leaves. The decision's request keeps the
    policy as it is, so that a plan made of it is not stale.
    """
    inventory, policy, hosts = request.inventory, request.policy, request.evacuate
    steered = () if policy.own_moves_in_drs_clusters else steered_hosts(inventory, hosts)
    refusal = _nowhere_left(inventory, policy, hosts)
    if refusal is None and maintenance_mode:
        refusal = without_maintenance_mode(inventory, hosts)
    if refusal is None and maintenance_mode:
        refusal = plain(beyond_one_domain(inventory, hosts) or "") or None
    if refusal is None and steered:
        refusal = _not_with_drs(inventory, policy, hosts, steered, maintenance_mode=maintenance_mode)
    if refusal is not None:
        return refusal
    if not steered or policy.move_scope is MoveScope.CLUSTER:
        decision = decide(request, run)
    else:
        decision = decide(replace(request, policy=replace(policy, move_scope=MoveScope.CLUSTER)), run)
        decision = replace(decision, request=request)
    return (_without_failover_capacity(decision) if maintenance_mode else None) or decision


def _without_failover_capacity(decision: Decision) -> str | None:
    """Why HA could not restart everything once the hosts are away and their VMs elsewhere; ``None`` if it could."""
    inventory = decision.request.inventory
    there = [host for ref in decision.request.evacuate if (host := inventory.find_host(ref)) is not None]
    reason = may_be_away(inventory_after(inventory, decision.result.moves), there)
    return reason and f"{plain(reason)}: empty fewer hosts at one time, or use `maintain run`"


def _not_with_drs(
    inventory: Inventory,
    policy: Policy,
    hosts: tuple[EntityRef, ...],
    steered: tuple[EntityRef, ...],
    *,
    maintenance_mode: bool,
) -> str | None:
    names, is_one = Names(inventory), len(steered) == 1
    told = f"DRS is fully automated where {names.all_of(steered)} {'is' if is_one else 'are'}"
    if not maintenance_mode:
        return (
            f"{told}: only entering maintenance mode lets vCenter empty {'it' if is_one else 'them'} "
            "(--maintenance-mode, maintenance_mode = true), and DRS may bring VMs back that we take away; "
            f"{KEY} = true moves them all the same"
        )
    others = tuple(host for host in hosts if host not in steered)
    if policy.move_scope is MoveScope.CLUSTER or not others:
        return None
    return (
        f"{told}, which never moves a VM out of its cluster, while the policy's move_scope for "
        f"{names.all_of(others)} is {policy.move_scope.value}: evacuate them apart"
    )


def _nowhere_left(inventory: Inventory, policy: Policy, hosts: tuple[EntityRef, ...]) -> str | None:
    """Why a whole cluster cannot be emptied at one time by a policy that lets no VM leave it; ``None`` if none is."""
    if policy.move_scope is not MoveScope.CLUSTER:
        return None
    emptied = set(hosts)
    for cluster in inventory.clusters:
        here = [host for host in inventory.hosts if host.cluster == cluster.ref]
        left = [host for host in here if host.ref not in emptied and host.is_available]
        vms = [vm for host in here if host.ref in emptied for vm in inventory.vms_on(host.ref)]
        vms = [vm for vm in vms if vm.kind not in STAYING_KINDS]
        if vms and not left:
            gib = sum(vm.memory_mib for vm in vms if vm.is_powered_on) / 1024
            return (
                f"no host of cluster {Names(inventory).of(cluster.ref)} is left for its {len(vms)} VMs "
                f"({gib:.0f} GiB): all of its {len(here)} hosts are to be emptied or take no VMs, and "
                "policy.move_scope keeps VMs in their cluster; empty them in waves (`maintain run`), or let VMs "
                "go further"
            )
    return None


def without_maintenance_mode(inventory: Inventory, stores: Iterable[EntityRef]) -> str | None:
    """Which of these datastores have no maintenance mode, and why; ``None`` where all have."""
    found = [store for ref in stores if (store := inventory.find_datastore(ref)) is not None]
    alone = sorted(store.name for store in found if store.datastore_cluster is None)
    if not alone:
        return None
    return f"{', '.join(alone)}: in no datastore cluster; vSphere knows maintenance mode of its members alone"


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
