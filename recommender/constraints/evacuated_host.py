"""A host that is being evacuated keeps nothing but vCLS and agent VMs, and nothing else is brought to it."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind

LEFT_ALONE: Final = frozenset({VmKind.VCLS, VmKind.AGENT})  # an empty host may hold them


@dataclass(frozen=True, slots=True)
class EvacuatedHost:
    """``hosts``: to be emptied by the end of the plan, hence not continuous."""

    hosts: frozenset[EntityRef]

    name: ClassVar[str] = "evacuated_host"
    continuous: ClassVar[bool] = False

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it is of a kind that an empty host may hold."""
        del inventory
        return vm.kind in LEFT_ALONE

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True for hosts that are not evacuated; everywhere for vCLS and agent VMs."""
        del inventory
        kept = np.array([host.ref not in self.hosts for host in hosts], dtype=bool)
        left_alone = np.array([vm.kind in LEFT_ALONE for vm in vms], dtype=bool)
        matrix: BoolMatrix = left_alone[:, np.newaxis] | kept[np.newaxis, :]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs that are left on such a host, or on their way to it."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            end = vm.host if flight is None else flight.destination
            if end in self.hosts and vm.kind not in LEFT_ALONE:
                yield Violation(constraint=self.name, vms=(vm.ref,), host=end, reason="the host is being evacuated")
