"""VMs of high latency sensitivity have cores of their own: on no host more vCPUs of them than it has cores.

Source: vSphere's *Latency Sensitivity: High*, which gives each vCPU exclusive use of a physical core. Its reservations
are held by ``cpu_capacity`` and ``memory_capacity`` as those of any other VM.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class ExclusiveCores(EveryPair):
    """No parameters."""

    name: ClassVar[str] = "exclusive_cores"
    continuous: ClassVar[bool] = True

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """A capacity of cores, where any VM asks for some."""
        demand = np.array([_cores(vm) for vm in model.vms], dtype=np.float64)
        if not demand.any():
            return
        free = {vm.ref for vm in model.vms}
        fixed = [sum(_cores(vm) for vm in inventory.vms_charged_to(h.ref) if vm.ref not in free) for h in model.hosts]
        cores = np.array([host.cores for host in model.hosts], dtype=np.float64)
        model.capacity(self.name, demand, cores - np.array(fixed, dtype=np.float64))

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Hosts with fewer cores than such VMs need."""
        sensitive = [vm for vm in vms if vm.is_powered_on and vm.is_latency_sensitive]
        for ref in dict.fromkeys(ref for vm in sensitive for ref in inventory.hosts_charged_with(vm.ref)):
            host = inventory.find_host(ref)
            there = [vm for vm in inventory.vms_charged_to(ref) if vm.is_latency_sensitive and vm.is_powered_on]
            needed = sum(vm.vcpus for vm in there)
            if host is not None and needed > host.cores:
                yield Violation(
                    constraint=self.name,
                    vms=tuple(vm.ref for vm in there),
                    host=ref,
                    reason=f"{needed} cores for {len(there)} VMs of high latency sensitivity, of {host.cores}",
                )


def _cores(vm: VirtualMachine) -> int:
    return vm.vcpus if vm.is_powered_on and vm.is_latency_sensitive else 0
