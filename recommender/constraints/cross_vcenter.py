"""A VM goes to another vCenter where that is supported: no template, vApp or Fault Tolerance, ESXi 6.0 at both ends.

Source: VMware's documentation of migration between vCenter Server systems (vSphere 6.0 and later); a template is copied
through a library instead. Whether its networks and datastores have a counterpart there, and how long the way is, is
asked by the rules about networks, datastores and round-trip time, for nothing of one vCenter is the same in another.
A VM of which another one has the instance UUID stays, too: only by that would it be found again where it arrives.
Not covered: licences (Enterprise Plus in 6.0), and that the two vCenters trust each other's clocks.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.twins import twins
from recommender.inventory.virtual_machine import VirtualMachine, VmKind

OLDEST: Final = 6  # major version of ESXi


@dataclass(frozen=True, slots=True)
class CrossVCenter:
    """``unknown_permitted``: a host whose version was not told is new enough."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "cross_vcenter"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Its vCenter, what it is, and the version that it comes from."""
        is_bound = _is_bound(vm) or vm.instance_uuid in twins(inventory)
        return (vm.ref.vcenter, is_bound, inventory.host(vm.host).esxi_version)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True within the VM's vCenter, and elsewhere for what may go there."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        new_enough = np.array([self._is_new_enough(host) for host in hosts], dtype=bool)
        for row, vm in enumerate(vms):
            own = np.array([host.ref.vcenter == vm.ref.vcenter for host in hosts], dtype=bool)
            is_bound = _is_bound(vm) or vm.instance_uuid in twins(inventory)
            may_leave = not is_bound and self._is_new_enough(inventory.host(vm.host))
            matrix[row] = own | (new_enough & may_leave)
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight to another vCenter that may not go there."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            destination = inventory.find_host(flight.destination) if flight else None
            if destination is None or destination.ref.vcenter == vm.ref.vcenter:
                continue
            alike = sum(other.instance_uuid == vm.instance_uuid for other in inventory.virtual_machines)
            reasons = {
                "a template does not go to another vCenter": vm.kind is VmKind.TEMPLATE,
                "a part of a vApp does not go to another vCenter": vm.vapp is not None,
                "one of a Fault Tolerance pair does not go to another vCenter": vm.fault_tolerance is not None,
                f"{alike} VMs have its instance UUID: it could not be told apart there": alike > 1,
            }
            yield from (
                Violation(constraint=self.name, vms=(vm.ref,), host=destination.ref, reason=reason)
                for reason, holds in reasons.items()
                if holds
            )
            for host in (inventory.host(vm.host), destination):
                major = _major(host)
                if major is None and self.unknown_permitted:
                    continue
                if major is None or major < OLDEST:
                    known = f"host {host.name} has ESXi {host.esxi_version}, at least {OLDEST}.0 needed"
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=destination.ref,
                        reason=f"unknown: version of host {host.name}" if major is None else known,
                        is_unknown=major is None,
                    )

    def _is_new_enough(self, host: Host) -> bool:
        major = _major(host)
        return self.unknown_permitted if major is None else major >= OLDEST


def _is_bound(vm: VirtualMachine) -> bool:
    return vm.kind is VmKind.TEMPLATE or vm.vapp is not None or vm.fault_tolerance is not None


def _major(host: Host) -> int | None:
    text = (host.esxi_version or "").split(".", maxsplit=1)[0]
    return int(text) if text.isdecimal() else None
