"""A picture in which a migration of ours is under way, since vCenter may not tell of it yet, or not whereto."""

from collections.abc import Sequence

from recommender.constraints.check import flight_of
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import DiskMove


def shown_in_flight(
    inventory: Inventory, vm: EntityRef, source: EntityRef, destination: EntityRef, disk_moves: Sequence[DiskMove] = ()
) -> Inventory:
    """``inventory`` with that migration; as it is where the VM has left ``source``, or is not there any more."""
    found, arriving_at = inventory.find_vm(vm), inventory.find_host(destination)
    if found is None or arriving_at is None or found.host != source:
        return inventory
    targets = {disk.disk_key: disk.destination for disk in disk_moves}
    flight = flight_of(inventory, found, arriving_at, targets)
    return inventory.without_in_flight(vm).with_in_flight(flight)
