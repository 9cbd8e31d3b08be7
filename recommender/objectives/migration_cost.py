"""Moving costs: every predicted second of migration, and more where a VM of high latency sensitivity is disturbed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine
from recommender.migration.estimate_move import estimate_move
from recommender.migration.fleet import vm_migration_seconds
from recommender.objectives.base import CostModel
from recommender.policy import Policy


@dataclass(frozen=True, slots=True)
class MigrationCost:
    """``per_second``: objective units of one predicted second (median). ``started``: VMs that are started instead.

    ``per_sensitive_second``: of a running VM of high latency sensitivity.
    """

    per_second: float
    per_sensitive_second: float
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
                seconds = estimate_move(start, self.policy, vm, start.host(host), targets).duration_p50_s
                total += self._per_second(vm) * seconds
            elif host != vm.host and vm.ref not in self.started:
                seconds = float(vm_migration_seconds(start, self.policy, [vm], [start.host(host)])[0, 0])
                total += self._per_second(vm) * seconds
        return total

    def post(self, start: Inventory, model: CostModel) -> None:
        """A price on each pair; staying is free."""
        seconds = vm_migration_seconds(start, self.policy, model.vms, model.hosts)
        seconds[[vm.ref in self.started for vm in model.vms]] = 0.0
        per_second = np.full(len(model.vms), self.per_second)
        per_second[[vm.is_powered_on and vm.is_latency_sensitive for vm in model.vms]] = self.per_sensitive_second
        model.on_pair(per_second[:, np.newaxis] * seconds)

    def _per_second(self, vm: VirtualMachine) -> float:
        return self.per_sensitive_second if vm.is_latency_sensitive and vm.is_powered_on else self.per_second
