"""Who empties a host: vCenter does where its DRS is fully automated, and our plan for that is a forecast alone.

Two that steer one cluster undo each other's work, and a fully automated DRS begins to move VMs away as soon as a host
enters maintenance mode. VMs of which DRS leaves the decision to people (their own override) stay our concern, and so do
templates, which DRS does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.drs_conflicts import is_steered_by_drs
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior, VmKind
from recommender.placement.answer import inventory_after
from recommender.planning.plan import Plan
from recommender.planning.schedule import schedule
from recommender.policy import Policy

NO_PLAN: Final = Plan(steps=(), makespan_s=0.0, makespan_p95_s=0.0, makespan_lower_bound_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkShared:
    """``own`` are our migrations, ``forecast`` those that vCenter is expected to make of ``by_vcenter``, its hosts."""

    own: Plan
    forecast: Plan
    by_vcenter: tuple[EntityRef, ...]


def steered_hosts(inventory: Inventory, hosts: Sequence[EntityRef]) -> tuple[EntityRef, ...]:
    """Those of ``hosts`` in whose clusters DRS is fully automated."""
    found = ((ref, inventory.find_host(ref)) for ref in hosts)
    clusters = ((ref, inventory.find_cluster(host.cluster)) for ref, host in found if host is not None)
    return tuple(ref for ref, cluster in clusters if cluster is not None and is_steered_by_drs(cluster))


def shared_work(
    inventory: Inventory,
    policy: Policy,
    plan: Plan,
    evacuate: Sequence[EntityRef],
    constraints: Sequence[Constraint],
) -> WorkShared:
    """Divide ``plan``, by which the hosts of ``evacuate`` enter maintenance mode. Ours comes first.

    Everything is ours where the policy says so (``own_moves_in_drs_clusters``). A VM outside of ``evacuate`` that only
    makes room for others is left to whoever empties a host of its cluster.
    """
    hosts = () if policy.own_moves_in_drs_clusters else steered_hosts(inventory, evacuate)
    if not hosts:
        return WorkShared(own=plan, forecast=NO_PLAN, by_vcenter=())
    clusters = {inventory.host(ref).cluster for ref in hosts}
    moves = [step.move for step in plan.steps]
    theirs = [
        move
        for move in moves
        if inventory.host(move.source).cluster in clusters and is_moved_by_drs(inventory.vm(move.vm))
    ]
    ours = [move for move in moves if move not in theirs]
    if not ours:
        return WorkShared(own=NO_PLAN, forecast=plan, by_vcenter=hosts)
    own = schedule(inventory, policy, ours, constraints)
    rest = inventory_after(inventory, [step.move for step in own.steps])
    return WorkShared(own=own, forecast=schedule(rest, policy, theirs, constraints), by_vcenter=hosts)


def is_moved_by_drs(vm: VirtualMachine) -> bool:
    """Whether a fully automated DRS moves it by itself."""
    return vm.kind is VmKind.ORDINARY and vm.drs_behavior in (None, VmDrsBehavior.FULLY_AUTOMATED)
