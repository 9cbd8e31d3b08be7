"""The units of simultaneous migration by which vCenter queues what comes in (VMware, documented for 5.0 to 6.7)."""

from collections import Counter

from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import ConcurrencyLimits
from recommender.simulation.vcenter.fair_shares import Link
from recommender.simulation.vcenter.relocate_spec import RelocateSpec

TEN_GBIT_S = 10_000


class VCenterUnits:
    """Grants and takes back units; a place is a host, a host's vMotion network or a datastore."""

    def __init__(self, limits: ConcurrencyLimits, inventory: Inventory) -> None:
        self._limits = limits
        self._used: Counter[Link] = Counter()
        self._network_units = {
            str(host.ref): limits.network_units_from_10_gbit_s
            if any((adapter.link_mbit_s or 0) >= TEN_GBIT_S for adapter in host.vmotion_adapters or ())
            else limits.network_units_below_10_gbit_s
            for host in inventory.hosts
        }

    def needed(self, vm: VirtualMachine, spec: RelocateSpec) -> Counter[Link]:
        """What the migration of ``vm`` costs at each place."""
        limits = self._limits
        copies = spec.disks_to_copy(vm)
        cost: Counter[Link] = Counter()
        host_cost = limits.storage_host_cost if copies else limits.vmotion_host_cost
        for host in {vm.host, spec.destination}:
            cost[Link("host", str(host))] = host_cost if vm.is_powered_on else limits.cold_host_cost
            if vm.is_powered_on and vm.host != spec.destination:
                cost[Link("network", str(host))] = 1
        for datastore in vm.datastores:
            cost[Link("datastore", str(datastore))] = limits.vmotion_datastore_cost
        for disk, target in copies:
            for datastore in (disk.datastore, target):
                cost[Link("datastore", str(datastore))] = limits.storage_datastore_cost
        return cost

    def grant(self, cost: Counter[Link]) -> bool:
        """Take the units if every place has them left; otherwise take none."""
        if any(self._used[place] + units > self._limit(place) for place, units in cost.items()):
            return False
        self._used.update(cost)
        return True

    def give_back(self, cost: Counter[Link]) -> None:
        """A migration ended."""
        self._used.subtract(cost)

    def _limit(self, place: Link) -> int:
        match place.kind:
            case "host":
                return self._limits.host_units
            case "network":
                return self._network_units[place.place]
            case _:
                return self._limits.datastore_units
