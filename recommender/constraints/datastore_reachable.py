"""A VM runs only on a host that mounts every datastore it touches; nothing is copied to a datastore in maintenance."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine


@dataclass(frozen=True, slots=True)
class DatastoreReachable:
    """No parameters: a host's mounts are always known."""

    name: ClassVar[str] = "datastore_reachable"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The datastores it touches."""
        del inventory
        return vm.datastores

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where all of the VM's datastores are mounted (its disks stay where they are)."""
        del inventory
        mounts: dict[EntityRef, BoolMatrix] = {}
        mounted = [frozenset(host.datastores) for host in hosts]
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for row, vm in enumerate(vms):
            for store in vm.datastores:
                if store not in mounts:
                    mounts[store] = np.array([store in stores for stores in mounted], dtype=bool)
                matrix[row] &= mounts[store]
        return matrix

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """The datastores of what is not copied."""
        del inventory
        return _left_behind(vm, keys)

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True where the host mounts the new datastore and those of what is not copied; not in maintenance."""
        del inventory
        return not store.in_maintenance and {store.ref, *_left_behind(vm, keys)} <= {*host.datastores}

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that do not mount what they touch."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            targets = flight.destination_datastores if flight else ()
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                if host is None:
                    continue
                arriving = flight is not None and ref == flight.destination
                needed = targets if arriving and targets else vm.datastores
                yield from self._missing(inventory, vm, host, needed)
            for store in _entered(vm, flight) if flight else ():
                datastore = inventory.find_datastore(store)
                if datastore is not None and datastore.in_maintenance:
                    reason = f"datastore {datastore.name} is in maintenance mode"
                    yield Violation(constraint=self.name, vms=(vm.ref,), host=None, datastore=store, reason=reason)

    def _missing(
        self, inventory: Inventory, vm: VirtualMachine, host: Host, needed: tuple[EntityRef, ...]
    ) -> Iterator[Violation]:
        missing = [store for store in needed if store not in host.datastores]
        if missing:
            found = [inventory.find_datastore(store) for store in missing]
            names = ", ".join(store.name if store else str(ref) for store, ref in zip(found, missing, strict=True))
            yield Violation(
                constraint=self.name,
                vms=(vm.ref,),
                host=host.ref,
                reason=f"{len(missing)} of {len(needed)} datastores are not mounted: {names}",
            )


def _entered(vm: VirtualMachine, flight: MigrationInFlight) -> list[EntityRef]:
    """The datastores to which something of it is copied."""
    home = dict(flight.disk_targets).get(HOME, vm.home_datastore)
    moved_home = {home} if home and home != vm.home_datastore else set()
    return sorted(moved_home | {store for _, store in flight.copies(vm)})


def _left_behind(vm: VirtualMachine, keys: frozenset[int]) -> frozenset[EntityRef]:
    """The datastores that it still touches once these disks are elsewhere."""
    nowhere = EntityRef("", "")
    return frozenset(vm.with_disks_on(dict.fromkeys(keys, nowhere)).datastores) - {nowhere}
