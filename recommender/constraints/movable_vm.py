"""A VM that vCenter or another product holds is not moved by us.

vCLS VMs are moved by vCenter, agent VMs by their manager; ``disabledMethod`` lists RelocateVM_Task while a backup or a
replication holds a VM; a VM in a migration, or on a host that vCenter does not reach, cannot be moved at all. While
another task works on a VM, or its disks wait to be consolidated, it is left alone: later is soon enough.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine, VmKind


@dataclass(frozen=True, slots=True)
class MovableVm:
    """No parameters."""

    name: ClassVar[str] = "movable_vm"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether something holds it."""
        return _held(inventory, vm)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All or nothing for a VM."""
        free = np.array([not _held(inventory, vm) for vm in vms], dtype=bool)
        return np.repeat(free[:, np.newaxis], len(hosts), axis=1)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight that may not be."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None:
                continue
            reason = _reason(inventory, vm)
            if reason:
                yield Violation(constraint=self.name, vms=(vm.ref,), host=flight.destination, reason=reason)


def _reason(inventory: Inventory, vm: VirtualMachine) -> str | None:
    """Why the VM in flight may not be."""
    source = inventory.find_host(vm.host)
    lost = source is None or source.connection_state is not ConnectionState.CONNECTED
    several = sum(other.vm == vm.ref for other in inventory.in_flight) > 1
    reasons = {
        "another migration of it is under way": several,
        "a vCLS VM: vCenter itself moves it": vm.kind is VmKind.VCLS,
        "an agent VM: its manager moves it": vm.kind is VmKind.AGENT,
        "vCenter has disabled its relocation for now (a backup or a replication holds it)": vm.relocate_disabled,
        f"another task works on it: {vm.busy_with}": vm.busy_with,
        "its disks need consolidation (a snapshot left some behind): consolidate them first": vm.consolidation_needed,
        f"its host is {source.connection_state.value if source else 'not in the inventory'}": lost,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _held(inventory: Inventory, vm: VirtualMachine) -> bool:
    source = inventory.find_host(vm.host)
    return (
        vm.kind in (VmKind.VCLS, VmKind.AGENT)
        or vm.relocate_disabled
        or bool(vm.busy_with)
        or vm.consolidation_needed
        or inventory.in_flight_of(vm.ref) is not None
        or source is None
        or source.connection_state is not ConnectionState.CONNECTED
    )
