"""Where the disks of new VMs go: together to the datastore with most space left, the next one where no host takes that.

What has no space anywhere is put on a datastore that does not exist, so that the answer says what lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.new_vm import NewVm
from recommender.policy import Policy

MOST_TRIES: Final = 5  # of datastores for one VM


@dataclass(slots=True)
class NewDisks:
    """The choices so far for ``new``; ``tried``: by position, datastores for its free disks, the last one in use."""

    inventory: Inventory
    policy: Policy
    new: Sequence[NewVm]
    tried: dict[int, list[EntityRef]] = field(default_factory=dict)

    def try_next(self, position: int) -> bool:
        """Take the next datastore for the disks that have none; false if there is none, or no such disk."""
        vm, tried = self.new[position], self.tried.get(position, [])
        size = sum(disk.size_mib for disk in vm.disks if disk.datastore is None)
        if not size or len(tried) >= MOST_TRIES:
            return False
        hosts = [host for host in self.inventory.hosts if host.is_available and (not vm.hosts or host.ref in vm.hosts)]
        seen = {store for host in hosts for store in host.datastores}
        left = {
            store.ref: self._left_mib(store, but=position) - size
            for store in self.inventory.datastores
            if store.ref in seen and not store.in_maintenance and store.ref not in tried
        }
        fitting = sorted((ref for ref, space in left.items() if space >= 0), key=lambda ref: (-left[ref], ref))
        if not fitting:
            return False
        self.tried[position] = [*tried, fitting[0]]
        return True

    def stores_of(self, position: int) -> tuple[EntityRef | None, ...]:
        """The datastore of each disk, ``None`` where there is no space for it."""
        vm = self.new[position]
        own = self.tried.get(position, [None])[-1]
        stores = [disk.datastore or own for disk in vm.disks]
        full = {
            store.ref
            for store in self.inventory.datastores
            if self._left_mib(store, but=position)
            < sum(disk.size_mib for disk, ref in zip(vm.disks, stores, strict=True) if ref == store.ref)
        }
        return tuple(None if ref in full else ref for ref in stores)

    def missing(self, position: int, vcenter: str) -> Datastore | None:
        """A datastore as it would be needed for what has none, under an address that no other has."""
        vm, stores = self.new[position], self.stores_of(position)
        size = sum(disk.size_mib for disk, store in zip(vm.disks, stores, strict=True) if store is None)
        if not size:
            return None
        name = f"a datastore with {size:,} MiB more free space"
        return Datastore(
            ref=EntityRef(vcenter, f"new:space for {vm.name}"), name=name, datacenter="", capacity_mib=size, free_mib=0
        )

    def _left_mib(self, store: Datastore, but: int) -> int:
        """Free space above the policy's reserve, without what the other new VMs take."""
        reserve = store.capacity_mib * self.policy.datastore_reserve_percent // 100
        taken = 0
        for position, vm in enumerate(self.new):
            if position != but:
                own = self.tried.get(position, [None])[-1]
                taken += sum(disk.size_mib for disk in vm.disks if (disk.datastore or own) == store.ref)
        return store.free_mib - reserve - taken
