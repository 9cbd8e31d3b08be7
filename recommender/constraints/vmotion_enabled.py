"""A running VM migrates only between hosts that both have a vMotion adapter, and a licence for it where one is told."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.licence import VMOTION
from recommender.inventory.virtual_machine import VirtualMachine

UNKNOWN: Final = "unknown:"


@dataclass(frozen=True, slots=True)
class VMotionEnabled:
    """``unknown_permitted``: a host of which the adapters are unknown is taken to have one.

    A licence that may not be read, or names no features, refuses nothing: vCenter does, at the first migration.
    """

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
                reason = None if host is None else self._reason(host, end)
                if reason is not None:
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=flight.destination,
                        reason=reason,
                        is_unknown=reason.startswith(UNKNOWN),
                    )

    def _reason(self, host: Host, end: str) -> str | None:
        licence, adapters = host.licence, host.vmotion_adapters
        if licence is not None and licence.lacks(VMOTION):
            allowed = len(licence.features)
            return (
                f"the licence of the {end} host ({licence.name}) allows {allowed} features, and vMotion is none of them"
            )
        if adapters is None:
            return None if self.unknown_permitted else f"{UNKNOWN} vMotion adapters of the {end} host"
        return None if adapters else f"0 vMotion adapters at the {end}"

    def _can(self, host: Host) -> bool:
        if host.licence is not None and host.licence.lacks(VMOTION):
            return False
        return self.unknown_permitted if host.vmotion_adapters is None else bool(host.vmotion_adapters)
