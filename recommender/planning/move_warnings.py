"""What people should know of a move before it is made: networks and pools that change, and switches that do not learn.

Source: *Notify Switches* of the teaming policy makes the host announce a VM that has arrived (RARP); without it the
physical network goes on sending to the old port until the VM itself sends something.
"""

from recommender.inventory.inventory import Inventory
from recommender.inventory.pool_path import pool_of_path, pool_path
from recommender.placement.result import Move


def move_warnings(inventory: Inventory, move: Move) -> tuple[str, ...]:
    """One sentence each; empty for a move of which there is nothing to say."""
    vm = inventory.find_vm(move.vm)
    if vm is None:
        return ()
    after = {network.source: network.destination for network in move.network_moves}
    told = []
    if move.source.vcenter != move.destination.vcenter:
        told.append(
            f"it goes from vCenter {move.source.vcenter} to vCenter {move.destination.vcenter} and gets a new id"
        )
    source, destination = inventory.find_host(move.source), inventory.find_host(move.destination)
    if source is not None and destination is not None and source.cluster != destination.cluster:
        path = pool_path(inventory, vm.resource_pool)
        if path and pool_of_path(inventory, destination, path) is not None:
            told.append(f"it comes into that cluster's resource pool {'/'.join(path)!r}, with its limits and shares")
    for ref in vm.networks:
        own, there = inventory.find_network(ref), inventory.find_network(after.get(ref, ref))
        if ref in after and own is not None and there is not None:
            told.append(f"its adapters on network {own.name!r} are connected to {there.name!r} ({there.kind.value})")
        if there is not None and there.notifies_switches is False and _travels_running(inventory, move):
            told.append(
                f"network {there.name!r} does not notify physical switches: "
                "they learn where the VM has gone only once it sends something"
            )
    return tuple(told)


def _travels_running(inventory: Inventory, move: Move) -> bool:
    return inventory.vm(move.vm).is_powered_on and move.source != move.destination
