"""A VM goes only to a host that reaches every network the VM is connected to, or one that the policy maps it to.

Which network stands for another elsewhere (the same VLAN behind other port groups) is known to nobody but the operator:
without a mapping the host is refused.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.network_mapping import network_on
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.relocation_policy import NetworkMapping


@dataclass(frozen=True, slots=True)
class NetworkReachable:
    """``mappings``: networks that stand for others. Which networks a host reaches is always known."""

    mappings: tuple[NetworkMapping, ...] = ()

    name: ClassVar[str] = "network_reachable"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The networks it is connected to."""
        del inventory
        return vm.networks

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where all of the VM's networks are reached, or stood for."""
        reached = [frozenset(host.networks) | self._stood_for(inventory, host) for host in hosts]
        rows: dict[Hashable, BoolMatrix] = {}
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for position, vm in enumerate(vms):
            if vm.networks not in rows:
                needed = frozenset(vm.networks)
                rows[vm.networks] = np.array([needed <= networks for networks in reached], dtype=bool)
            matrix[position] = rows[vm.networks]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that do not reach their networks."""
        for vm in vms:
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                missing = [
                    network
                    for network in vm.networks
                    if host and network_on(inventory, self.mappings, network, host) is None
                ]
                if missing:
                    found = [inventory.find_network(network) for network in missing]
                    names = ", ".join(net.name if net else str(ref) for net, ref in zip(found, missing, strict=True))
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=ref,
                        reason=f"{len(missing)} of {len(vm.networks)} networks are not reached: {names}",
                    )

    def _stood_for(self, inventory: Inventory, host: Host) -> frozenset[EntityRef]:
        """The networks that are not reached from ``host`` but have one there that stands for them."""
        if not self.mappings:
            return frozenset()
        here: Counter[str] = Counter()
        for ref in host.networks:
            found = inventory.find_network(ref)
            if found is not None and not found.is_uplink:
                here.update({found.name, f"{found.datacenter}/{found.name}"})
        names = {mapping.source for mapping in self.mappings if here[mapping.destination] == 1}
        return frozenset(
            one.ref for one in inventory.networks if not names.isdisjoint({one.name, f"{one.datacenter}/{one.name}"})
        )
