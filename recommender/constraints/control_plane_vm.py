"""The VMs in which vCenter and this program run are not moved, where the policy says so.

Otherwise they move after everything else in a plan, which is a matter of its order (``planning/order_rules``).
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.relocation_policy import ControlPlaneMove


@dataclass(frozen=True, slots=True)
class ControlPlaneVm:
    """``move``: whether they are moved at all."""

    move: ControlPlaneMove = ControlPlaneMove.LAST

    name: ClassVar[str] = "control_plane_vm"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it is one of them."""
        del inventory
        return vm.control_plane is not None

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All or nothing for a VM."""
        del inventory
        may_move = self.move is not ControlPlaneMove.NEVER
        free = np.array([may_move or vm.control_plane is None for vm in vms], dtype=bool)
        return np.repeat(free[:, np.newaxis], len(hosts), axis=1)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Such VMs in flight where they may not be."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is not None and vm.control_plane is not None and self.move is ControlPlaneMove.NEVER:
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=flight.destination,
                    reason=f"the policy never moves the VM of {vm.control_plane}: move it by hand",
                )
