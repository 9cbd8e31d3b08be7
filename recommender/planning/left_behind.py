"""What a VM loses when it leaves its cluster or its vCenter: named before it moves, since vCenter takes it silently.

Source: a cluster's rules, groups and VM overrides belong to the cluster (``ClusterConfigInfoEx``); a VM that leaves is
taken out of them and does not get them back by coming home. Permissions, alarms, tags and statistics belong to a
vCenter.
"""

from collections.abc import Iterator
from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.pool_path import pool_of_path, pool_path
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.result import Move

OF_A_VCENTER: Final = "its permissions, alarms, tags and statistics in vCenter {vcenter}"


def left_behind(inventory: Inventory, move: Move) -> tuple[str, ...]:
    """Each thing that the VM has now and will not have afterwards; empty for a move within its cluster."""
    vm, source = inventory.find_vm(move.vm), inventory.find_host(move.source)
    destination = inventory.find_host(move.destination)
    if vm is None or source is None or destination is None or source.ref == destination.ref:
        return ()
    if source.cluster == destination.cluster and source.cluster is not None:
        return ()
    return tuple(_left_behind(inventory, vm, destination))


def _left_behind(inventory: Inventory, vm: VirtualMachine, destination: Host) -> Iterator[str]:
    names = [rule.name for rule in inventory.affinity_rules_of(vm.ref)]
    names += [rule.name for rule in inventory.anti_affinity_rules_of(vm.ref)]
    names += [rule.name for rule in inventory.vm_host_rules_of(vm.ref)]
    for name in names:
        yield f"the rule {name!r}"
    if vm.drs_behavior is not None:
        yield f"its DRS override ({vm.drs_behavior.value})"
    if vm.ha_restart_priority is not None:
        yield f"its HA override (restart priority {vm.ha_restart_priority})"
    path = pool_path(inventory, vm.resource_pool)
    if path and pool_of_path(inventory, destination, path) is None:
        yield f"its resource pool {'/'.join(path)!r} (it comes into the root pool: there is none of that name)"
    if vm.vapp is not None:
        yield "its vApp"
    if vm.ref.vcenter != destination.ref.vcenter:
        yield OF_A_VCENTER.format(vcenter=vm.ref.vcenter)
