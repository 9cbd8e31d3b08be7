"""Disks never cross the border of a replication group: beyond it they would lose their protection."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class ReplicationGroup(EveryPair):
    """No parameters: which datastores are replicated together is the inventory's."""

    name: ClassVar[str] = "replication_group"
    continuous: ClassVar[bool] = True

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """The replication groups its disks are in."""
        return frozenset(_groups(inventory, vm, keys))

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True in the replication group in which all of them are, or in none as they are."""
        del host
        return all(group == store.protection_group for group in _groups(inventory, vm, keys))

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Disks on their way out of, or into, a replication group."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            for disk, target in flight.copies(vm) if flight else ():
                here, there = inventory.find_datastore(disk.datastore), inventory.find_datastore(target)
                if here is None or there is None or here.protection_group == there.protection_group:
                    continue
                reason = (
                    f"datastore {there.name} is in replication group {there.protection_group or 'none'}, "
                    f"the disk in {here.protection_group or 'none'}"
                )
                yield Violation(constraint=self.name, vms=(vm.ref,), host=None, datastore=target, reason=reason)


def _groups(inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Iterator[str | None]:
    for disk in vm.disks:
        store = inventory.find_datastore(disk.datastore)
        if disk.key in keys and store is not None:
            yield store.protection_group
