"""A VM that was moved a short while ago, or often, rests: it goes nowhere that no rule sends it.

So no VM goes from A to B and back within the cool-down. Which VMs rest is told by whoever asks, who knows the history.
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
class RestingVm:
    """``vms``: those that rest, each with the reason."""

    vms: tuple[tuple[EntityRef, str], ...] = ()

    name: ClassVar[str] = "resting_vm"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it rests."""
        del inventory
        return vm.ref in dict(self.vms)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All or nothing for a VM."""
        del inventory
        resting = {ref for ref, _ in self.vms}
        free = np.array([vm.ref not in resting for vm in vms], dtype=bool)
        return np.repeat(free[:, np.newaxis], len(hosts), axis=1)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Resting VMs in flight."""
        reasons = dict(self.vms)
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is not None and vm.ref in reasons:
                yield Violation(constraint=self.name, vms=(vm.ref,), host=flight.destination, reason=reasons[vm.ref])
