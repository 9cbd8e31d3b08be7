"""The VMs of a configured group are spread over racks, sites or whatever domains hosts are tagged with.

No domain holds more running members than an even spread needs. To keep to that while several members move at once, each
free place of a domain is given to one member beforehand: those that have to leave a domain first, then by reference. So
never too many come, though now and then one could have come that may not.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import ceil
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import FaultDomainGroup


@dataclass(frozen=True, slots=True)
class FaultDomains:
    """``groups``: which VMs are spread over what. ``unknown_permitted``: a host of no known domain takes any."""

    groups: tuple[FaultDomainGroup, ...] = ()
    unknown_permitted: bool = False

    name: ClassVar[str] = "fault_domains"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """By group that it is in, where it counts already."""
        hosts = tuple(inventory.hosts_charged_with(vm.ref))
        return tuple(hosts if vm.is_powered_on and _is_member(group, vm) else () for group in self.groups)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where its domain has a place left beside the other members that are there."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for group in self.groups:
            there, most = _spread(inventory, group)
            for row, vm in enumerate(vms):
                if not vm.is_powered_on or not _is_member(group, vm):
                    continue
                for column, host in enumerate(hosts):
                    domain = _domain(group, host)
                    if domain is None:
                        matrix[row, column] &= self.unknown_permitted
                    else:
                        own = _domain(group, inventory.host(vm.host)) == domain
                        matrix[row, column] &= own or len(there[domain] - {vm.ref}) < most
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Each member is kept out of the domains in which no place is given to it, and out of its own if it is full."""
        position = {vm.ref: index for index, vm in enumerate(model.vms)}
        for group in self.groups:
            for vm, closed in _closed_domains(inventory, group).items():
                for index, host in enumerate(model.hosts):
                    if vm in position and _domain(group, host) in closed:
                        model.fixed_member(group.name, [position[vm]], index, together=False)

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Domains with more members than an even spread needs, and members on hosts of no known domain."""
        asked = {vm.ref: vm for vm in vms if vm.is_powered_on}
        for group in self.groups:
            members = {ref for ref, vm in asked.items() if _is_member(group, vm)}
            if not members:
                continue
            there, most = _spread(inventory, group)
            for domain, refs in there.items():
                if len(refs) > most and not members.isdisjoint(refs):
                    yield Violation(
                        constraint=self.name,
                        rule=f"{group.name} in {domain}",
                        vms=tuple(sorted(refs)),
                        host=None,
                        reason=f"{len(refs)} running VMs of the group are in {domain}, at most {most} may be",
                    )
            for ref in sorted(members) if not self.unknown_permitted else ():
                for place in inventory.hosts_charged_with(ref):
                    host = inventory.find_host(place)
                    if host is not None and _domain(group, host) is None:
                        reason = f"unknown: in which {group.domain} the host is"
                        yield Violation(
                            constraint=self.name,
                            rule=group.name,
                            vms=(ref,),
                            host=place,
                            reason=reason,
                            is_unknown=True,
                        )


def _is_member(group: FaultDomainGroup, vm: VirtualMachine) -> bool:
    return any(fnmatchcase(vm.name, pattern) for pattern in group.vms) or not set(group.tags).isdisjoint(vm.tags)


def _domain(group: FaultDomainGroup, host: Host) -> str | None:
    """The site, or what stands behind its category in a tag: *r7* of ``rack/r7``."""
    if group.domain == "site":
        return host.site
    prefix = f"{group.domain}/"
    return next((tag.removeprefix(prefix) for tag in host.tags if tag.startswith(prefix)), None)


def _spread(inventory: Inventory, group: FaultDomainGroup) -> tuple[defaultdict[str, set[EntityRef]], int]:
    """The running members by domain, those under way at both ends, and how many a domain may hold."""
    domains = {domain for host in inventory.hosts if (domain := _domain(group, host)) is not None}
    members = [vm for vm in inventory.virtual_machines if vm.is_powered_on and _is_member(group, vm)]
    there: defaultdict[str, set[EntityRef]] = defaultdict(set)
    for vm in members:
        for ref in inventory.hosts_charged_with(vm.ref):
            host = inventory.find_host(ref)
            domain = _domain(group, host) if host else None
            if domain is not None:
                there[domain].add(vm.ref)
    return there, max(1, ceil(len(members) / len(domains))) if domains else 1


def _closed_domains(inventory: Inventory, group: FaultDomainGroup) -> dict[EntityRef, set[str]]:
    """By member, the domains that it may not be brought to, its own among them where it has to leave that."""
    there, most = _spread(inventory, group)
    domains = sorted({domain for host in inventory.hosts if (domain := _domain(group, host)) is not None})
    members = sorted(vm.ref for vm in inventory.virtual_machines if vm.is_powered_on and _is_member(group, vm))
    leaving = [ref for domain in domains for ref in sorted(there[domain])[most:]]
    waiting = [*leaving, *(ref for ref in members if ref not in leaving)]
    closed = {ref: {domain for domain in domains if ref not in there[domain]} for ref in members}
    for domain in domains:
        closed_here = sorted(there[domain])[most:]
        for ref in closed_here:
            closed[ref].add(domain)
        entrants = [ref for ref in waiting if ref not in there[domain]][: max(0, most - len(there[domain]))]
        for ref in entrants:
            closed[ref].discard(domain)
            waiting.remove(ref)
    return closed
