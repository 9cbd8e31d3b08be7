"""Should-rules between VMs and hosts cost when they are broken; must-rules are a constraint."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostModel


@dataclass(frozen=True, slots=True)
class ShouldRules:
    """``weight``: objective units of one VM against one should-rule."""

    weight: float

    name: ClassVar[str] = "should_rules"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ over rules and their VMs that are not where they should be."""
        del start
        broken = 0
        for rule in end.vm_host_rules:
            if not rule.is_mandatory:
                vms = [vm for vm in map(end.find_vm, rule.vms) if vm is not None]
                broken += sum(not rule.allows(vm.host) for vm in vms)
        return self.weight * broken

    def post(self, start: Inventory, model: CostModel) -> None:
        """A price on each pair that a rule would rather not see."""
        for row, vm in enumerate(model.vms):
            for rule in start.vm_host_rules_of(vm.ref):
                if not rule.is_mandatory:
                    members = frozenset(rule.hosts)
                    kept = [(host.ref in members) is rule.is_affine for host in model.hosts]
                    model.on_pair(np.where(kept, 0.0, self.weight)[np.newaxis], row)
