"""A rule about migrating does not speak of VMs that are started instead: new ones, and those of a host that died.

Not a rule of its own: it stands in front of one and lets these VMs pass.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.constraints.base import BoolMatrix, Constraint, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine

# HA restarts a VM whoever may move it, and a VM that starts finds its CPU's features on the host where it starts.
OF_MIGRATING: Final = frozenset(
    {
        "movable_vm",
        "drs_disabled_vm",
        "excluded_vm",
        "resting_vm",
        "failed_destination",
        "vmotion_enabled",
        "round_trip_time",
        "cpu_compatibility",
        "media_reachable",
    }
)


@dataclass(frozen=True, slots=True)
class ButStarted:
    """``rule`` for all VMs but those that are ``started``."""

    rule: Constraint
    started: frozenset[EntityRef]

    @property
    def name(self) -> str:
        """The rule's own."""
        return self.rule.name

    @property
    def continuous(self) -> bool:
        """As the rule."""
        return self.rule.continuous

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """As the rule; one row for all that are started."""
        is_started = vm.ref in self.started
        return (is_started, None if is_started else self.rule.class_key(inventory, vm))

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """As the rule; true everywhere for a VM that is started."""
        started = np.array([vm.ref in self.started for vm in vms], dtype=bool)
        matrix: BoolMatrix = self.rule.eligible(inventory, vms, hosts) | started[:, np.newaxis]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """As the rule."""
        self.rule.post(inventory, model)

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """As the rule, of the other VMs."""
        return self.rule.violations(inventory, [vm for vm in vms if vm.ref not in self.started])
