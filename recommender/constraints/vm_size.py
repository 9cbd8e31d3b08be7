"""A VM runs only on a host with as many logical CPUs as it has vCPUs: vSphere refuses to power it on elsewhere."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class VmSize:
    """``unknown_permitted``: a VM with more vCPUs than cores fits a host of which the logical CPUs are unknown."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "vm_size"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Its vCPUs while it runs."""
        del inventory
        return vm.vcpus if vm.is_powered_on else 0

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where it is not wider than the host."""
        widths = np.array([self.class_key(inventory, vm) for vm in vms], dtype=np.int64)
        # A core has at least one thread, so that cores are enough to know where threads are not told.
        unknown = max(widths, default=0) if self.unknown_permitted else 0
        known = [max(host.cores, unknown) if host.threads is None else host.threads for host in hosts]
        matrix: BoolMatrix = widths[:, np.newaxis] <= np.array(known, dtype=np.int64)[np.newaxis, :]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that are too small for them."""
        for vm in vms:
            for ref in inventory.hosts_charged_with(vm.ref) if vm.is_powered_on else ():
                host = inventory.find_host(ref)
                if host is None:
                    continue
                if host.threads is not None and vm.vcpus > host.threads:
                    reason = f"{vm.vcpus} vCPUs, the host has {host.threads} logical CPUs"
                    yield Violation(constraint=self.name, vms=(vm.ref,), host=ref, reason=reason)
                elif host.threads is None and vm.vcpus > host.cores and not self.unknown_permitted:
                    reason = f"unknown: logical CPUs of the host ({vm.vcpus} vCPUs, {host.cores} cores)"
                    yield Violation(constraint=self.name, vms=(vm.ref,), host=ref, reason=reason, is_unknown=True)
