"""Moving costs: every predicted second of migration."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.migration.fleet import vm_migration_seconds
from recommender.objectives.base import CostModel
from recommender.policy import Policy


@dataclass(frozen=True, slots=True)
class MigrationCost:
    """``per_second``: objective units of one predicted second (median)."""

    per_second: float
    policy: Policy

    name: ClassVar[str] = "migration_cost"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ over the VMs that are elsewhere at the end."""
        total = 0.0
        for vm in start.virtual_machines:
            host = end.vm(vm.ref).host
            if host != vm.host:
                total += float(vm_migration_seconds(start, self.policy, [vm], [start.host(host)])[0, 0])
        return self.per_second * total

    def post(self, start: Inventory, model: CostModel) -> None:
        """A price on each pair; staying is free."""
        model.on_pair(self.per_second * vm_migration_seconds(start, self.policy, model.vms, model.hosts))
