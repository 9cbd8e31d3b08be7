"""A running VM migrates only between hosts that both have a vMotion adapter."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class VMotionEnabled:
    """``unknown_permitted``: a host of which the adapters are unknown is taken to have one."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "vmotion_enabled"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it runs, and whether it can leave."""
        return (vm.is_powered_on, self._can(inventory.host(vm.host)))

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where both ends can; everywhere for VMs that do not run."""
        there = np.array([self._can(host) for host in hosts], dtype=bool)
        cold = np.array([not vm.is_powered_on for vm in vms], dtype=bool)
        here = np.array([self._can(inventory.host(vm.host)) for vm in vms], dtype=bool)
        matrix: BoolMatrix = cold[:, np.newaxis] | (here[:, np.newaxis] & there[np.newaxis, :])
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Running VMs in flight between hosts of which one has no adapter."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None or not vm.is_powered_on or flight.destination == vm.host:
                continue
            for end, ref in (("source", vm.host), ("destination", flight.destination)):
                host = inventory.find_host(ref)
                if host is None or host.vmotion_adapters:
                    continue
                if host.vmotion_adapters is None and self.unknown_permitted:
                    continue
                unknown = host.vmotion_adapters is None
                reason = (
                    f"unknown: vMotion adapters of the {end} host" if unknown else f"0 vMotion adapters at the {end}"
                )
                yield Violation(
                    constraint=self.name, vms=(vm.ref,), host=flight.destination, reason=reason, is_unknown=unknown
                )

    def _can(self, host: Host) -> bool:
        return self.unknown_permitted if host.vmotion_adapters is None else bool(host.vmotion_adapters)
