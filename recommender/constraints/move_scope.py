"""A VM stays within its cluster, data centre or vCenter, or the vCenters that are configured, as the policy says.

Beyond its cluster a VM loses the cluster's rules and overrides. A host outside any cluster is a scope of its own under
``cluster``. What else a move to another vCenter takes is told by ``cross_vcenter``.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import MoveScope


@dataclass(frozen=True, slots=True)
class MoveScopeRule:
    """``scope``: how far a VM may go."""

    scope: MoveScope = MoveScope.CLUSTER

    name: ClassVar[str] = "move_scope"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The area it may not leave."""
        return self._area(inventory.host(vm.host))

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True within the scope of the VM's own host."""
        numbers: dict[Hashable, int] = {}
        areas = np.array([numbers.setdefault(self._area(host), len(numbers)) for host in hosts], dtype=np.int64)
        own = np.array([numbers.get(self._area(inventory.host(vm.host)), -1) for vm in vms], dtype=np.int64)
        matrix: BoolMatrix = own[:, np.newaxis] == areas[np.newaxis, :]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight beyond their scope."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            if flight is None or flight.destination == vm.host:
                continue
            source, destination = inventory.host(vm.host), inventory.find_host(flight.destination)
            if destination is None:
                continue
            reason = ""
            if self.scope is MoveScope.VCENTERS:
                continue
            if destination.ref.vcenter != source.ref.vcenter:
                reason = f"another vCenter ({destination.ref.vcenter} instead of {source.ref.vcenter})"
            elif self.scope is not MoveScope.VCENTER and destination.datacenter != source.datacenter:
                reason = f"another data centre ({destination.datacenter} instead of {source.datacenter})"
            elif self.scope is MoveScope.CLUSTER and (
                destination.cluster != source.cluster or destination.cluster is None
            ):
                reason = (
                    f"another cluster ({_cluster(inventory, destination)} instead of {_cluster(inventory, source)})"
                )
            if reason:
                yield Violation(
                    constraint=self.name,
                    vms=(vm.ref,),
                    host=destination.ref,
                    reason=f"{reason}; the policy's move_scope is {self.scope.value}",
                )

    def _area(self, host: Host) -> Hashable:
        if self.scope is MoveScope.VCENTERS:
            return None
        if self.scope is MoveScope.VCENTER:
            return host.ref.vcenter
        if self.scope is MoveScope.DATACENTER:
            return (host.ref.vcenter, host.datacenter)
        return host.cluster or host.ref


def _cluster(inventory: Inventory, host: Host) -> str:
    cluster = inventory.find_cluster(host.cluster)
    return cluster.name if cluster else ("none" if host.cluster is None else str(host.cluster))
