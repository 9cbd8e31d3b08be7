"""Where the disks of new VMs are, as it is told once hosts and datastores are chosen.

A new VM that finds no host is told with its disks where most space is left. What has no space anywhere is put on a
datastore that does not exist, so that what is said of each host tells what lacks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.new_vm import FIRST_DISK_KEY, NewVm
from recommender.policy import Policy


@dataclass(frozen=True, slots=True)
class NewDisks:
    """``inventory`` holds the VMs of ``new``; ``chosen``: of those that are placed, the datastore by key of disk."""

    inventory: Inventory
    policy: Policy
    new: Sequence[NewVm]
    chosen: Mapping[EntityRef, Mapping[int, EntityRef]]

    def told(self) -> Inventory:
        """The inventory with them there, and with the datastores that lack."""
        if not self.inventory.hosts:
            return self.inventory  # where there is no host at all, new VMs are not even waiting
        made, missing = dict[EntityRef, VirtualMachine](), list[Datastore]()
        for vm in self.new:
            ref = vm.ref(self._vcenter)
            lacking = self._lacking(vm)
            places = [store or lacking.ref for store in self.stores_of(vm)]
            missing += [lacking] if None in self.stores_of(vm) else []
            made[ref] = self.inventory.vm(ref).with_disks_on(dict(enumerate(places, start=FIRST_DISK_KEY)))
        return replace(
            self.inventory,
            datastores=(*self.inventory.datastores, *missing),
            virtual_machines=tuple(made.get(vm.ref, vm) for vm in self.inventory.virtual_machines),
        )

    def stores_of(self, vm: NewVm) -> tuple[EntityRef | None, ...]:
        """The datastore of each disk, ``None`` where there is no space for it."""
        placed = self.chosen.get(vm.ref(self._vcenter))
        keys = range(FIRST_DISK_KEY, FIRST_DISK_KEY + len(vm.disks))
        if placed is not None:
            return tuple(placed.get(key) for key in keys)
        left = dict(self._left(vm))
        free = sum(disk.size_mib for disk in vm.disks if disk.datastore is None)
        own = max((ref for ref, space in left.items() if space >= free), key=lambda ref: left[ref], default=None)
        stores = [disk.datastore or own for disk in vm.disks]
        asked = {
            store: sum(disk.size_mib for disk, at in zip(vm.disks, stores, strict=True) if at == store)
            for store in stores
        }
        return tuple(store if store in left and left[store] >= asked[store] else None for store in stores)

    def _left(self, vm: NewVm) -> Iterator[tuple[EntityRef, int]]:
        """Free space above the policy's reserve, without what new VMs take, of datastores that its hosts see."""
        hosts = [host for host in self.inventory.hosts if host.is_available and (not vm.hosts or host.ref in vm.hosts)]
        seen = {store for host in hosts for store in host.datastores}
        sizes = [
            (one.ref(self._vcenter), key, disk.size_mib)
            for one in self.new
            for key, disk in enumerate(one.disks, start=FIRST_DISK_KEY)
        ]
        for store in self.inventory.datastores:
            if store.ref in seen and not store.in_maintenance:
                taken = sum(mib for ref, key, mib in sizes if self.chosen.get(ref, {}).get(key) == store.ref)
                yield (
                    store.ref,
                    store.free_mib - store.capacity_mib * self.policy.datastore_reserve_percent // 100 - taken,
                )

    def _lacking(self, vm: NewVm) -> Datastore:
        """A datastore as it would be needed for what has none, under an address that no other has."""
        size = sum(disk.size_mib for disk, store in zip(vm.disks, self.stores_of(vm), strict=True) if store is None)
        name = f"a datastore with {size:,} MiB more free space"
        ref = EntityRef(self._vcenter, f"new:space for {vm.name}")
        return Datastore(ref=ref, name=name, datacenter="", capacity_mib=size, free_mib=0)

    @property
    def _vcenter(self) -> str:
        return self.inventory.hosts[0].ref.vcenter if self.inventory.hosts else ""
