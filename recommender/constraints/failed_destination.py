"""A VM is not sent again to a host to which a migration of it has just failed, or was refused, for what will repeat.

Which migrations failed is told by whoever asks, who knows the history. What passes by itself (a task in progress) is
none of them.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class FailedDestination:
    """``failed``: VM, host, and what vCenter said, each pair once."""

    failed: tuple[tuple[EntityRef, EntityRef, str], ...] = ()

    name: ClassVar[str] = "failed_destination"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The hosts to which it did not come."""
        del inventory
        return self._hosts_closed_to(vm)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """False where a migration of the VM to the host failed."""
        del inventory
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for row, vm in enumerate(vms):
            closed = self._hosts_closed_to(vm)
            if closed:
                matrix[row] = [host.ref not in closed for host in hosts]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight to where they did not come before."""
        reasons = {(vm, host): told for vm, host, told in self.failed}
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None or flight.destination == vm.host:
                continue
            told = reasons.get((vm.ref, flight.destination))
            if told is not None:
                yield Violation(constraint=self.name, vms=(vm.ref,), host=flight.destination, reason=told)

    def _hosts_closed_to(self, vm: VirtualMachine) -> frozenset[EntityRef]:
        return frozenset(host for ref, host, _ in self.failed if ref == vm.ref and host != vm.host)
