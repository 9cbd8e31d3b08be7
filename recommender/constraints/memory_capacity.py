"""The memory of the running VMs on a host, and what is reserved for them, fit the host less its reserve."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.host_capacity import HostCapacity
from recommender.inventory.host import Host
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import MemoryBasis


@dataclass(frozen=True, slots=True)
class MemoryCapacity(HostCapacity):
    """Memory in MiB; ``basis``: configured size (safe), or what is consumed (where memory is overcommitted)."""

    basis: MemoryBasis = MemoryBasis.CONFIGURED

    name: ClassVar[str] = "memory_capacity"
    resource: ClassVar[str] = "memory"
    unit: ClassVar[str] = "MiB"

    def demand(self, vm: VirtualMachine) -> int | None:
        """Its size, or what backs it now."""
        return vm.memory_mib if self.basis is MemoryBasis.CONFIGURED else vm.load.memory_consumed_mib

    def reservation(self, vm: VirtualMachine) -> int:
        """What is guaranteed to it."""
        return vm.memory_reservation_mib

    def capacity(self, host: Host) -> int:
        """What is built in."""
        return host.memory_mib
