"""A VM that is tied to its host (a device, CPU affinity, Fault Tolerance) is not moved.

vSphere refuses most of these migrations (faults AffinityConfigured, DeviceNotSupported …); for vGPUs, Fault Tolerance
and shared buses the outcome depends on what the API does not tell beforehand.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.pin import Pin
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class PinnedVm:
    """``unknown_permitted``: a VM of which the devices are unknown is taken to be free."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "pinned_vm"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether anything ties it."""
        del inventory
        return self._is_tied(vm)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All or nothing for a VM."""
        del inventory
        free = np.array([not self._is_tied(vm) for vm in vms], dtype=bool)
        return np.repeat(free[:, np.newaxis], len(hosts), axis=1)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight that are tied to the host they leave."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None:
                continue
            if vm.ties is None:
                if not self.unknown_permitted:
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=flight.destination,
                        reason="unknown: devices of the VM, which may tie it to its host",
                        is_unknown=True,
                    )
            elif vm.ties:
                told = "; ".join(pin.told for pin in vm.ties)
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=flight.destination,
                    reason=f"{len(vm.ties)} ties to its host: {told}",
                )

    def _is_tied(self, vm: VirtualMachine) -> bool:
        if vm.pins is None:
            return not self.unknown_permitted
        return any(pin is not Pin.VGPU or not vm.vgpu_profiles for pin in vm.pins)
