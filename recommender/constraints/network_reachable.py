"""A VM goes only to a host that reaches every network the VM is connected to."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class NetworkReachable:
    """No parameters: which networks a host reaches is always known."""

    name: ClassVar[str] = "network_reachable"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The networks it is connected to."""
        del inventory
        return vm.networks

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where all of the VM's networks are reached."""
        del inventory
        reached = [frozenset(host.networks) for host in hosts]
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
                missing = [network for network in vm.networks if host and network not in host.networks]
                if missing:
                    found = [inventory.find_network(network) for network in missing]
                    names = ", ".join(net.name if net else str(ref) for net, ref in zip(found, missing, strict=True))
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=ref,
                        reason=f"{len(missing)} of {len(vm.networks)} networks are not reached: {names}",
                    )
