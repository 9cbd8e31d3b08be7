"""Why a datastore may not enter maintenance mode now: it is in no datastore cluster, or something is on it."""

from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef

NAMED_AT_MOST: Final = 5


def reason_to_keep_open(inventory: Inventory, ref: EntityRef) -> str | None:
    """In words with numbers; ``None`` if nothing speaks against it. vSphere closes members of datastore clusters alone.

    What is not a VM's (images, files of people) is not told to us: vCenter says so itself.
    """
    store = inventory.find_datastore(ref)
    if store is None:
        return "the datastore is no longer in the inventory"
    if store.datastore_cluster is None:
        return "the datastore is in no datastore cluster, without which vSphere has no maintenance mode for it"
    left = [vm.name for vm in inventory.virtual_machines if ref in vm.datastores or ref in _targets(inventory, vm.ref)]
    if not left:
        return None
    names = ", ".join(left[:NAMED_AT_MOST]) + (" …" if len(left) > NAMED_AT_MOST else "")
    return f"the datastore is not empty: {len(left)} VMs on it or on the way to it ({names})"


def _targets(inventory: Inventory, vm: EntityRef) -> tuple[EntityRef, ...]:
    flight = inventory.in_flight_of(vm)
    return flight.destination_datastores if flight else ()
