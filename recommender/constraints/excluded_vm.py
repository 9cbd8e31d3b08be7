"""A VM that the policy excludes, by name or by tag, is never moved."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class ExcludedVm:
    """``patterns``: shell patterns of names; ``tags``: exact texts."""

    patterns: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()

    name: ClassVar[str] = "excluded_vm"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Whether it is excluded."""
        del inventory
        return self._is_excluded(vm)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All or nothing for a VM."""
        del inventory
        free = np.array([not self._is_excluded(vm) for vm in vms], dtype=bool)
        return np.repeat(free[:, np.newaxis], len(hosts), axis=1)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Excluded VMs in flight."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None:
                continue
            by_name = next((pattern for pattern in self.patterns if fnmatchcase(vm.name, pattern)), None)
            by_tag = next((tag for tag in vm.tags if tag in self.tags), None)
            if by_name is not None or by_tag is not None:
                why = f"its name matches {by_name!r}" if by_name is not None else f"it has the tag {by_tag!r}"
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=flight.destination,
                    reason=f"the policy excludes the VM: {why}",
                )

    def _is_excluded(self, vm: VirtualMachine) -> bool:
        return not self.tags.isdisjoint(vm.tags) or any(fnmatchcase(vm.name, pattern) for pattern in self.patterns)
