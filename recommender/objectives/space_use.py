"""Used space of datastores, as shares, before and after disks were copied."""

from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef

SPACE: Final = "space"  # the resource, as cost terms name it


def used_mib(start: Inventory, end: Inventory) -> dict[EntityRef, int]:
    """What is taken on each datastore at the ``end``: by what was there at the ``start``, and by copied disks."""
    used = {store.ref: store.capacity_mib - store.free_mib for store in start.datastores}
    for vm in end.virtual_machines:
        before = start.find_vm(vm.ref)
        if before is None or before.disks == vm.disks:
            continue
        for sign, disks in ((-1, before.disks), (1, vm.disks)):
            for disk in disks:
                used[disk.datastore] = used.get(disk.datastore, 0) + sign * disk.size_mib
    return used


def space_uses(start: Inventory, end: Inventory) -> list[tuple[float, float]]:
    """(share, use) of every datastore with any capacity; share: its capacity as a multiple of the average one's."""
    stores = [store for store in start.datastores if store.capacity_mib > 0]
    mean = sum(store.capacity_mib for store in stores) / len(stores) if stores else 0.0
    used = used_mib(start, end)
    return [(store.capacity_mib / mean, used[store.ref] / store.capacity_mib) for store in stores]
