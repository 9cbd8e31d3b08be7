"""The CPU demand of the running VMs on a host, and what is reserved for them, fit the host less its reserve."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.host_capacity import HostCapacity
from recommender.inventory.host import Host
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class CpuCapacity(HostCapacity):
    """CPU in MHz."""

    name: ClassVar[str] = "cpu_capacity"
    resource: ClassVar[str] = "CPU"
    unit: ClassVar[str] = "MHz"

    def demand(self, vm: VirtualMachine) -> int | None:
        """What it uses or would use."""
        return vm.cpu_demand_mhz

    def reservation(self, vm: VirtualMachine) -> int:
        """What is guaranteed to it."""
        return vm.cpu_reservation_mhz

    def capacity(self, host: Host) -> int:
        """All cores together."""
        return host.cpu_mhz
