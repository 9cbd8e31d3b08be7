"""Disks stay within their datastore cluster, and those outside any stay outside."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class DatastoreCluster(EveryPair):
    """``is_bound``: whether the policy holds disks within datastore clusters."""

    is_bound: bool = True

    name: ClassVar[str] = "datastore_cluster"
    continuous: ClassVar[bool] = True

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """The datastore clusters its disks are in."""
        return frozenset(_clusters(inventory, vm, keys)) if self.is_bound else None

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True in the datastore cluster in which all of them are."""
        del host
        return not self.is_bound or all(one == store.datastore_cluster for one in _clusters(inventory, vm, keys))

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Disks on their way to another datastore cluster."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            for disk, target in flight.copies(vm) if flight else ():
                here, there = inventory.find_datastore(disk.datastore), inventory.find_datastore(target)
                if (
                    here is None
                    or there is None
                    or not self.is_bound
                    or here.datastore_cluster == there.datastore_cluster
                ):
                    continue
                reason = (
                    f"datastore {there.name} is in {there.datastore_cluster or 'no datastore cluster'}, "
                    f"the disk in {here.datastore_cluster or 'none'}"
                )
                yield Violation(constraint=self.name, vms=(vm.ref,), host=None, datastore=target, reason=reason)


def _clusters(inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Iterator[EntityRef | None]:
    for disk in vm.disks:
        store = inventory.find_datastore(disk.datastore)
        if disk.key in keys and store is not None:
            yield store.datastore_cluster
