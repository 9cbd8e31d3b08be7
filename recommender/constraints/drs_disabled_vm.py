"""A VM for which somebody switched DRS off is not moved by itself; vCenter heeds that in maintenance mode, too.

Source: ``configurationEx.drsVmConfig``, an override with ``enabled`` false.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine, VmDrsBehavior


@dataclass(frozen=True, slots=True)
class DrsDisabledVm:
    """No parameters: somebody chose this for the one VM, in vCenter, where it is undone as well."""

    name: ClassVar[str] = "drs_disabled_vm"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """How DRS treats it."""
        del inventory
        return vm.drs_behavior

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All or nothing for a VM."""
        del inventory
        free = np.array([vm.drs_behavior is not VmDrsBehavior.DISABLED for vm in vms], dtype=bool)
        return np.repeat(free[:, np.newaxis], len(hosts), axis=1)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight that are to be left alone."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is not None and vm.drs_behavior == VmDrsBehavior.DISABLED:
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=flight.destination,
                    reason="its VM override in the cluster switches DRS off for it",
                )
