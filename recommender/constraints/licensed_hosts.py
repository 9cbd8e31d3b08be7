"""VMs that the policy binds to a group of hosts, by name, tag or guest operating system, run on these alone."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import HostGroup


@dataclass(frozen=True, slots=True)
class LicensedHosts:
    """``groups``: which VMs, and on which hosts. ``unknown_permitted``: a guest that is not known matches no group."""

    groups: tuple[HostGroup, ...] = ()
    unknown_permitted: bool = False

    name: ClassVar[str] = "licensed_hosts"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The groups it may be in."""
        del inventory
        return tuple(self._is_bound(group, vm) for group in self.groups)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True on the hosts of every group that the VM is, or may be, bound to."""
        del inventory
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for group in self.groups:
            inside = np.array([_is_one_of(host.name, group.hosts) for host in hosts], dtype=bool)
            bound = np.array([self._is_bound(group, vm) is not False for vm in vms], dtype=bool)
            matrix &= ~bound[:, np.newaxis] | inside[np.newaxis, :]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts outside a group of theirs."""
        for vm in vms:
            for group in self.groups:
                bound = self._is_bound(group, vm)
                for ref in inventory.hosts_charged_with(vm.ref) if bound is not False else ():
                    host = inventory.find_host(ref)
                    if host is None or any(fnmatchcase(host.name, pattern) for pattern in group.hosts):
                        continue
                    if bound is None:
                        reason = f"unknown: the guest operating system of the VM, on which {group.name!r} depends"
                    else:
                        reason = f"it is bound to the hosts {', '.join(group.hosts)}"
                    yield Violation(
                        constraint=self.name,
                        rule=group.name,
                        vms=(vm.ref,),
                        host=ref,
                        reason=reason,
                        is_unknown=bound is None,
                    )

    def _is_bound(self, group: HostGroup, vm: VirtualMachine) -> bool | None:
        if _is_one_of(vm.name, group.vms) or not set(group.tags).isdisjoint(vm.tags):
            return True
        if not group.guest_os:
            return False
        if vm.guest_id is None:
            return False if self.unknown_permitted else None
        return _is_one_of(vm.guest_id, group.guest_os)


def _is_one_of(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
