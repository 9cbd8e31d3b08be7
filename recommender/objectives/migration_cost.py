"""Moving costs: every predicted second of migration, and more where a VM of high latency sensitivity is disturbed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine
from recommender.migration.estimate_move import estimate_move
from recommender.migration.fleet import vm_migration_seconds
from recommender.objectives.base import CostModel
from recommender.policy import Policy

BLOCK: Final = 2048  # VMs told at once: of a large fleet all together would take much memory


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
        total, moved = 0.0, []
        for vm in start.virtual_machines:
            if vm.ref in self.started:
                continue
            after = end.vm(vm.ref)
            host = after.host
            if after.disks != vm.disks or after.home_datastore != vm.home_datastore:
                targets = {disk.key: disk.datastore for disk in after.disks}
                targets |= {HOME: after.home_datastore} if after.home_datastore else {}
                seconds = estimate_move(start, self.policy, vm, start.host(host), targets).duration_p50_s
                total += self._per_second(vm) * seconds
            elif host != vm.host:
                moved.append((vm, host))
        return total + sum(self._of_moved(start, moved))

    def _of_moved(self, start: Inventory, moved: Sequence[tuple[VirtualMachine, EntityRef]]) -> Iterator[float]:
        """Of each VM on its way to its host."""
        for first in range(0, len(moved), BLOCK):
            block = moved[first : first + BLOCK]
            refs = sorted({host for _, host in block})
            hosts = [start.host(ref) for ref in refs]
            seconds = vm_migration_seconds(start, self.policy, [vm for vm, _ in block], hosts)
            column = {ref: place for place, ref in enumerate(refs)}
            for row, (vm, host) in enumerate(block):
                yield self._per_second(vm) * float(seconds[row, column[host]])

    def post(self, start: Inventory, model: CostModel) -> None:
        """A price on each pair; staying is free."""
        for first in range(0, len(model.vms), BLOCK):
            vms = model.vms[first : first + BLOCK]
            costs = vm_migration_seconds(start, self.policy, vms, model.hosts)
            costs *= np.array([self._per_second(vm) for vm in vms])[:, np.newaxis]
            if self.started:
                costs[[vm.ref in self.started for vm in vms]] = 0.0
            model.on_pair(costs, first)

    def _per_second(self, vm: VirtualMachine) -> float:
        return self.per_sensitive_second if vm.is_latency_sensitive and vm.is_powered_on else self.per_second
