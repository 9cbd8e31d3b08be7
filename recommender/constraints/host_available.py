"""A VM is brought only to a host that is connected, powered on, and in neither maintenance nor quarantine.

Running VMs on a host in maintenance have to leave it, as DRS has it. Hosts that are disconnected or not responding keep
their VMs: nothing can be moved off them. Source: vSphere Resource Management, "Host in Incorrect State".
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
class HostAvailable:
    """No parameters."""

    name: ClassVar[str] = "host_available"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """One row for all."""
        del inventory, vm
        return None

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True for available hosts."""
        del inventory
        return np.tile(np.array([host.is_available for host in hosts], dtype=bool), (len(vms), 1))

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on their way to an unavailable host, and running VMs left on a host in maintenance."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is not None and flight.destination != vm.host:
                yield from self._at(inventory.find_host(flight.destination), vm, arriving=True)
            elif flight is None and vm.is_powered_on and vm.kind is VmKind.ORDINARY:
                yield from self._at(inventory.find_host(vm.host), vm, arriving=False)

    def _at(self, host: Host | None, vm: VirtualMachine, *, arriving: bool) -> Iterator[Violation]:
        if host is None:
            return
        state = _state(host) if arriving else ("in maintenance mode" if host.in_maintenance else "")
        if state:
            reason = f"the host is {state}"
            yield Violation(constraint=self.name, vms=(vm.ref,), host=host.ref, reason=reason)


def _state(host: Host) -> str:
    if host.connection_state is ConnectionState.DISCONNECTED:
        return "disconnected"
    if host.connection_state is ConnectionState.NOT_RESPONDING:
        return "not responding"
    if not host.is_powered_on:
        return "not powered on"
    if host.in_maintenance:
        return "in maintenance mode"
    if host.in_quarantine:
        return "in quarantine"
    return host.closed_because or ""
