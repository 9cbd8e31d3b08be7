"""Shared disks, those of linked clones and first-class disks are not copied: their VMs change hosts alone."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class MovableDisk(EveryPair):
    """No parameters."""

    name: ClassVar[str] = "movable_disk"
    continuous: ClassVar[bool] = True

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """Whether any of them is bound."""
        del inventory
        return any(disk.is_bound for disk in vm.disks if disk.key in keys)

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """False for such disks, wherever."""
        del inventory, host, store
        return not any(disk.is_bound for disk in vm.disks if disk.key in keys)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Such disks on their way."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            for disk, target in flight.copies(vm) if flight else ():
                if disk.is_shared:
                    reason = f"disk {disk.key} is shared with other VMs"
                elif disk.is_linked:
                    reason = f"disk {disk.key} is a linked clone's, which stands on the disk of another VM"
                elif disk.is_first_class:
                    reason = f"disk {disk.key} has a life of its own (a first-class disk)"
                else:
                    reason = ""
                if reason:
                    yield Violation(constraint=self.name, vms=(vm.ref,), host=None, datastore=target, reason=reason)
