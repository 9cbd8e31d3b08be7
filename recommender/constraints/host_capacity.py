"""What the two capacity rules share: demands of running VMs against what a host has, less its reserve."""

from abc import ABC, abstractmethod
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
class HostCapacity(ABC):
    """Demand and reservations of the running VMs charged to a host each fit its capacity less the reserve.

    A running VM of unknown demand may stay where it is, but is brought nowhere, and nothing is brought to it.
    """

    reserve_percent: int
    unknown_permitted: bool = False

    name: ClassVar[str]
    resource: ClassVar[str]
    unit: ClassVar[str]
    continuous: ClassVar[bool] = True

    @abstractmethod
    def demand(self, vm: VirtualMachine) -> int | None:
        """What a running VM asks for, ``None`` if unknown."""

    @abstractmethod
    def reservation(self, vm: VirtualMachine) -> int:
        """What is guaranteed to a running VM."""

    @abstractmethod
    def capacity(self, host: Host) -> int:
        """What the host has."""

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it runs, and whether its demand is unknown."""
        del inventory
        return (vm.is_powered_on, self._is_unknown(vm))

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """False for VMs of unknown demand, and for hosts that hold such a VM."""
        known = np.array([not self._is_unknown(vm) for vm in vms], dtype=bool)
        tellable = np.array(
            [not any(map(self._is_unknown, inventory.vms_charged_to(host.ref))) for host in hosts], dtype=bool
        )
        cold = np.array([not vm.is_powered_on for vm in vms], dtype=bool)
        matrix: BoolMatrix = cold[:, np.newaxis] | (known[:, np.newaxis] & tellable[np.newaxis, :])
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Two capacities a host: for demand and for reservations."""
        free = {vm.ref for vm in model.vms}
        limits = np.array([self._limit(host) for host in model.hosts], dtype=np.float64)
        for name, ask in ((self.name, self._known_demand), (f"{self.name}_reservation", self._running_reservation)):
            fixed = [
                sum(ask(vm) for vm in inventory.vms_charged_to(host.ref) if vm.ref not in free) for host in model.hosts
            ]
            demand = np.array([ask(vm) for vm in model.vms], dtype=np.float64)
            model.capacity(name, demand, limits - np.array(fixed, dtype=np.float64))

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Hosts that hold more than they may, and those of which that cannot be told."""
        touched: dict[EntityRef, None] = {}
        for vm in vms:
            if vm.is_powered_on:
                touched.update(dict.fromkeys(inventory.hosts_charged_with(vm.ref)))
        for ref in touched:
            host = inventory.find_host(ref)
            if host is not None:
                yield from self._at(host, [vm for vm in inventory.vms_charged_to(ref) if vm.is_powered_on])

    def _at(self, host: Host, running: list[VirtualMachine]) -> Iterator[Violation]:
        refs = tuple(vm.ref for vm in running)
        limit = self._limit(host)
        unknown = [vm for vm in running if self.demand(vm) is None]
        if unknown and not self.unknown_permitted:
            yield Violation(
                constraint=self.name,
                vms=refs,
                host=host.ref,
                reason=f"unknown: {self.resource} demand of {len(unknown)} of {len(running)} VMs there "
                f"(first: {unknown[0].name})",
                is_unknown=True,
            )
        demands = [self.demand(vm) or 0 for vm in running]
        reserved = [self.reservation(vm) for vm in running]
        for what, asked in (("demand", sum(demands)), ("reservations", sum(reserved))):
            if asked > limit:
                yield Violation(
                    constraint=self.name,
                    vms=refs,
                    host=host.ref,
                    reason=f"{self.resource} {what} of {len(running)} VMs: {asked:,} {self.unit}, at most {limit:,.0f} "
                    f"{self.unit} ({100 - self.reserve_percent} % of {self.capacity(host):,} {self.unit})",
                )

    def _limit(self, host: Host) -> float:
        return self.capacity(host) * (100 - self.reserve_percent) / 100

    def _is_unknown(self, vm: VirtualMachine) -> bool:
        return not self.unknown_permitted and vm.is_powered_on and self.demand(vm) is None

    def _known_demand(self, vm: VirtualMachine) -> int:
        return (self.demand(vm) or 0) if vm.is_powered_on else 0

    def _running_reservation(self, vm: VirtualMachine) -> int:
        return self.reservation(vm) if vm.is_powered_on else 0
