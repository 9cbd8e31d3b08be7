"""Moving costs: every predicted second of migration."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.migration.estimate_move import estimate_move
from recommender.migration.fleet import vm_migration_seconds
from recommender.objectives.base import CostModel
from recommender.policy import Policy


@dataclass(frozen=True, slots=True)
class MigrationCost:
    """``per_second``: objective units of one predicted second (median). ``started``: VMs that are started instead."""

    per_second: float
    policy: Policy
    started: frozenset[EntityRef] = frozenset()

    name: ClassVar[str] = "migration_cost"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ over the VMs that are elsewhere at the end."""
        total = 0.0
        for vm in start.virtual_machines:
            after = end.vm(vm.ref)
            host = after.host
            if after.disks != vm.disks or after.home_datastore != vm.home_datastore:
                targets = {disk.key: disk.datastore for disk in after.disks}
                targets |= {HOME: after.home_datastore} if after.home_datastore else {}
                total += estimate_move(start, self.policy, vm, start.host(host), targets).duration_p50_s
            elif host != vm.host and vm.ref not in self.started:
                total += float(vm_migration_seconds(start, self.policy, [vm], [start.host(host)])[0, 0])
        return self.per_second * total

    def post(self, start: Inventory, model: CostModel) -> None:
        """A price on each pair; staying is free."""
        seconds = vm_migration_seconds(start, self.policy, model.vms, model.hosts)
        seconds[[vm.ref in self.started for vm in model.vms]] = 0.0
        model.on_pair(self.per_second * seconds)
