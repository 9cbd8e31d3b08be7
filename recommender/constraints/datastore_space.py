"""Nothing is copied to a datastore that would then have less free space than is to be kept.

A copy takes its space at the destination from its start and at the source until its end. Thin disks grow: of what a
disk may still write, the policy's share is taken to be written soon. What else grows on a datastore is not known.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, VirtualMachine
from recommender.relocation_policy import DiskFormat


@dataclass(frozen=True, slots=True)
class DatastoreSpace(EveryPair):
    """``reserve_percent`` of each datastore stays free; ``growth_percent`` of what a thin disk has not written is."""

    reserve_percent: int
    growth_percent: int = 0
    disk_format: DiskFormat = DiskFormat.AS_IS

    name: ClassVar[str] = "datastore_space"
    continuous: ClassVar[bool] = True

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """The space it needs, by where it is now: what is there already needs none."""
        del inventory
        return tuple((disk.datastore, self.needed_mib(disk)) for disk in vm.disks if disk.key in keys)

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True where there is room for it beside what is on its way there."""
        del host
        disks = [disk for disk in vm.disks if disk.key in keys and disk.datastore != store.ref]
        needed = sum(map(self.needed_mib, disks))
        return not needed or needed <= self.room_mib(inventory, store, without=vm.ref)

    def room_mib(self, inventory: Inventory, store: Datastore, without: EntityRef | None = None) -> int:
        """What may be copied to it beside all that is on its way there but the VM ``without``; below 0 if too full."""
        coming = sum(
            self.needed_mib(disk) for vm, disk, target in _copies(inventory) if target == store.ref and vm != without
        )
        return store.free_mib - store.capacity_mib * self.reserve_percent // 100 - coming

    def needed_mib(self, disk: Disk) -> int:
        """What a disk takes where it comes to, with its growth; all that it may ever hold where it becomes thick."""
        unwritten = max(0, (disk.capacity_mib or disk.size_mib) - disk.size_mib)
        if self.disk_format.is_thick:
            return disk.size_mib + unwritten
        return disk.size_mib + unwritten * self.growth_percent // 100

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing: hosts have no say in it; the search for datastores asks for ``room_mib``."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Datastores that have too little for all that is on its way to them, one of ``vms`` among it."""
        asked = {vm.ref for vm in vms}
        coming: defaultdict[EntityRef, Counter[EntityRef]] = defaultdict(Counter)
        for ref, disk, target in _copies(inventory):
            if needed_mib := self.needed_mib(disk):  # what takes nothing has no part in it
                coming[target][ref] += needed_mib
        for ref, needed in coming.items():
            store = inventory.find_datastore(ref)
            if store is None or asked.isdisjoint(needed):
                continue
            kept = store.capacity_mib * self.reserve_percent // 100
            usable = max(0, store.free_mib - kept)
            if sum(needed.values()) > usable:
                yield Violation(
                    constraint=self.name,
                    vms=tuple(needed),
                    host=None,
                    datastore=ref,
                    reason=f"{sum(needed.values()):,} MiB of {len(needed)} VMs would be copied to datastore "
                    f"{store.name}, {usable:,} MiB may be used ({store.free_mib:,} MiB are free, "
                    f"{self.reserve_percent} % of {store.capacity_mib:,} MiB are kept)",
                )


def _copies(inventory: Inventory) -> Iterator[tuple[EntityRef, Disk, EntityRef]]:
    """Each VM in flight with each disk that is copied, and whereto."""
    for ref in dict.fromkeys(flight.vm for flight in inventory.in_flight):
        vm, flight = inventory.find_vm(ref), inventory.in_flight_of(ref)
        if vm is not None and flight is not None:
            yield from ((ref, disk, target) for disk, target in flight.copies(vm))
