"""A host that stays on costs: what consolidation makes less of.

Which hosts are switched off is decided by a search over sets of hosts, not host by host with the other terms: within
one set this cost is the same for every placement, so that there is nothing to tell the solver.
"""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.objectives.base import CostModel


@dataclass(frozen=True, slots=True)
class Consolidation:
    """``weight``: objective units of one of ``hosts`` that stays on; ``off``: those that are to be switched off."""

    weight: float
    hosts: frozenset[EntityRef]
    off: frozenset[EntityRef] = frozenset()

    name: ClassVar[str] = "consolidation"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ over the hosts that stay on, because they are wanted or because something runs there."""
        del start
        stay = [
            host
            for host in self.hosts
            if host not in self.off or any(vm.is_powered_on for vm in end.vms_charged_to(host))
        ]
        return self.weight * len(stay)

    def post(self, start: Inventory, model: CostModel) -> None:
        """Nothing: see above."""
        del start, model
