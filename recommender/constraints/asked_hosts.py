"""Where a question is about some hosts only, VMs on these move among them, and no others move at all."""

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
class AskedHosts:
    """``hosts``: those that are asked about; empty for all there are."""

    hosts: frozenset[EntityRef] = frozenset()

    name: ClassVar[str] = "asked_hosts"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it is on one of them."""
        del inventory
        return vm.host in self.hosts

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True between hosts that are asked about."""
        del inventory
        if not self.hosts:
            return np.ones((len(vms), len(hosts)), dtype=bool)
        inside = np.array([vm.host in self.hosts for vm in vms], dtype=bool)
        asked = np.array([host.ref in self.hosts for host in hosts], dtype=bool)
        matrix: BoolMatrix = inside[:, np.newaxis] & asked[np.newaxis, :]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight from or to other hosts."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None or not self.hosts:
                continue
            if not {vm.host, flight.destination} <= self.hosts:
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=flight.destination,
                    reason=f"not between the {len(self.hosts)} hosts that are asked about",
                )
