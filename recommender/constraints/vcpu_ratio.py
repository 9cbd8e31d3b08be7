"""No host runs more virtual CPUs for each of its cores than the policy allows; without a limit it says nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class VcpuRatio(EveryPair):
    """``most_per_core``: vCPUs of running VMs for each core, ``None`` for any number."""

    most_per_core: float | None = None

    name: ClassVar[str] = "vcpu_ratio"
    continuous: ClassVar[bool] = True

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """A capacity of vCPUs on each host."""
        if self.most_per_core is None:
            return
        free = {vm.ref for vm in model.vms}
        limits = []
        for host in model.hosts:
            fixed = sum(_vcpus(vm) for vm in inventory.vms_charged_to(host.ref) if vm.ref not in free)
            limits.append(host.cores * self.most_per_core - fixed)
        demand = np.array([_vcpus(vm) for vm in model.vms], dtype=np.float64)
        model.capacity(self.name, demand, np.array(limits, dtype=np.float64))

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Hosts with more than they may run."""
        if self.most_per_core is None:
            return
        touched = dict.fromkeys(ref for vm in vms if vm.is_powered_on for ref in inventory.hosts_charged_with(vm.ref))
        for ref in touched:
            host = inventory.find_host(ref)
            running = [vm for vm in inventory.vms_charged_to(ref) if vm.is_powered_on]
            vcpus = sum(vm.vcpus for vm in running)
            if host is not None and vcpus > host.cores * self.most_per_core:
                yield Violation(
                    constraint=self.name,
                    vms=tuple(vm.ref for vm in running),
                    host=ref,
                    reason=f"{vcpus} vCPUs of {len(running)} VMs on {host.cores} cores, at most "
                    f"{self.most_per_core:g} for each core",
                )


def _vcpus(vm: VirtualMachine) -> int:
    return vm.vcpus if vm.is_powered_on else 0
