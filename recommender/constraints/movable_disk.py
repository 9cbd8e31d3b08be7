"""Shared and first-class disks are not copied, those of linked clones only as the policy says: VMs change hosts alone.

Sources: KB 1034165 (disks with the multi-writer flag: no Storage vMotion), ``VirtualMachineRelocateDiskMoveOptions`` of
the API (how a disk is copied that stands on another one's; not made one with it where there are snapshots).
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import Disk, VirtualMachine
from recommender.relocation_policy import DiskMoveType


@dataclass(frozen=True, slots=True)
class MovableDisk(EveryPair):
    """``linked``: how disks of linked clones are copied, with all that they stand on; ``None``: not at all."""

    linked: DiskMoveType | None = None

    name: ClassVar[str] = "movable_disk"
    continuous: ClassVar[bool] = True

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """Whether any of them is bound."""
        del inventory
        return any(self._reason(vm, disk) for disk in vm.disks if disk.key in keys)

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """False for such disks, wherever."""
        del inventory, host, store
        return not any(self._reason(vm, disk) for disk in vm.disks if disk.key in keys)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Such disks on their way."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            for disk, target in flight.copies(vm) if flight else ():
                if reason := self._reason(vm, disk):
                    yield Violation(constraint=self.name, vms=(vm.ref,), host=None, datastore=target, reason=reason)

    def _reason(self, vm: VirtualMachine, disk: Disk) -> str:
        """Why it is not copied; empty for one that may be."""
        if disk.is_shared:
            return f"disk {disk.key} is shared with other VMs"
        if disk.is_first_class:
            return f"disk {disk.key} has a life of its own (a first-class disk)"
        if disk.is_linked and self.linked is None:
            return f"disk {disk.key} is a linked clone's, which stands on the disk of another VM"
        if disk.is_linked and self.linked is DiskMoveType.CONSOLIDATE and vm.snapshots:
            return f"disk {disk.key} is a linked clone's with {vm.snapshots} snapshots, which cannot be made one"
        return ""
