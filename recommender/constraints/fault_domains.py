"""The VMs of a configured group are spread over racks, sites or whatever domains hosts are tagged with.

No domain holds more running members than an even spread needs, those under way counted at both ends.
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
        """The groups that it is in and counts in."""
        del inventory
        return tuple(group.name for group in self.groups if vm.is_powered_on and _is_member(group, vm))

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """False for hosts of no known domain: how many may be in a domain depends on where the others go."""
        del inventory
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for group in self.groups if not self.unknown_permitted else ():
            is_known = np.array([_domain(group, host) is not None for host in hosts], dtype=bool)
            for row, vm in enumerate(vms):
                if vm.is_powered_on and _is_member(group, vm):
                    matrix[row] &= is_known
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """How many of those that may move each domain takes beside those that do not."""
        position = {vm.ref: index for index, vm in enumerate(model.vms)}
        for group in self.groups:
            there, most = _spread(inventory, group)
            free = [index for index, vm in enumerate(model.vms) if vm.is_powered_on and _is_member(group, vm)]
            if not free:
                continue
            named = [_domain(group, host) for host in model.hosts]
            numbers = {domain: number for number, domain in enumerate(sorted({one for one in named if one}))}
            if not numbers:
                continue
            still = [sum(ref not in position for ref in there[domain]) for domain in numbers]
            model.spread(
                group.name,
                free,
                [numbers[domain] if domain else -1 for domain in named],
                [max(0, most - one) for one in still],
            )

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
