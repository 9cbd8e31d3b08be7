"""The two resources whose use is balanced."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class Resource:
    """``demand`` of a running VM and ``capacity`` of a host, in the same unit. An unknown demand counts as 0 here."""

    name: str
    demand: Callable[[VirtualMachine], int]
    capacity: Callable[[Host], int]


def _cpu_demand(vm: VirtualMachine) -> int:
    return vm.cpu_demand_mhz or 0


def _memory_demand(vm: VirtualMachine) -> int:
    return vm.memory_mib if vm.is_powered_on else 0


RESOURCES: Final = (
    Resource("cpu", _cpu_demand, lambda host: host.cpu_mhz),
    Resource("memory", _memory_demand, lambda host: host.memory_mib),
)


def uses(inventory: Inventory, resource: Resource) -> list[tuple[float, float]]:
    """(share, use) of every host with any capacity, by the running VMs charged to it.

    Share: the host's capacity as a multiple of the average host's, so that big hosts weigh more; 1 among equals.
    """
    return inventory.remember(("uses", resource.name), lambda: _uses(inventory, resource))


def _uses(inventory: Inventory, resource: Resource) -> list[tuple[float, float]]:
    total = sum(map(resource.capacity, inventory.hosts))
    mean = total / len(inventory.hosts) if inventory.hosts else 0.0
    return [
        (capacity / mean, sum(map(resource.demand, inventory.vms_charged_to(host.ref))) / capacity)
        for host in inventory.hosts
        if (capacity := resource.capacity(host)) > 0
    ]
