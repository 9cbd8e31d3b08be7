"""How full a host is, by what its VMs ask of it."""

from dataclasses import dataclass

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUse:
    """Demand of the running VMs charged to one host, as shares of what it has (may pass 1).

    VMs whose CPU demand is unknown are left out and counted in ``vms_of_unknown_demand``.
    """

    cpu: float
    memory: float
    vms: int
    vms_of_unknown_demand: int


def host_use(inventory: Inventory, host: Host) -> HostUse:
    """Use of ``host`` by the VMs on it and on their way to it; memory is what they are configured with."""
    running = [vm for vm in inventory.vms_charged_to(host.ref) if vm.is_powered_on]
    demands = [vm.cpu_demand_mhz for vm in running]
    known = [demand for demand in demands if demand is not None]
    return HostUse(
        cpu=sum(known) / host.cpu_mhz if host.cpu_mhz else 0.0,
        memory=sum(vm.memory_mib for vm in running) / host.memory_mib if host.memory_mib else 0.0,
        vms=len(running),
        vms_of_unknown_demand=len(demands) - len(known),
    )
