"""The operator's own caps and *never two at once*, as units: a cap is a place that has as many as it allows.

So whatever keeps to vCenter's units keeps to these as well.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from math import ceil
from typing import Final, NamedTuple

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import route_between
from recommender.migration.vm_inputs import cipher_mib_s
from recommender.move_order import CapScope, MigrationCap, selects
from recommender.policy import Policy

AT_ONCE: Final = "migrations at once"
MIB_S: Final = "MiB/s"


class CapPlace(NamedTuple):
    """``name`` of the rule, what it counts, and where; ``where`` is empty for a group of VMs."""

    name: str
    counts: str
    where: str


def caps_held(
    inventory: Inventory, policy: Policy, vm: VirtualMachine, ends: tuple[EntityRef, EntityRef]
) -> dict[CapPlace, int]:
    """What a migration of ``vm`` from one host to the other holds of each cap from its start to its end."""
    held = {
        CapPlace(rule.name, AT_ONCE, ""): 1 for rule in policy.order.serialize if selects(rule.vms, vm.name, vm.tags)
    }
    for cap in policy.order.cap:
        for where in _places(inventory, cap, vm, ends):
            if cap.at_once is not None:
                held[CapPlace(cap.name, AT_ONCE, where)] = 1
            if cap.mib_s is not None and ends[0] != ends[1]:
                held[CapPlace(cap.name, MIB_S, where)] = min(cap.mib_s, _rate_mib_s(inventory, policy, vm, ends))
    return held


def cap_allows(policy: Policy, place: CapPlace) -> int:
    """How much a cap allows in all."""
    for cap in policy.order.cap:
        if cap.name == place.name:
            allowed = cap.at_once if place.counts == AT_ONCE else cap.mib_s
            return allowed if allowed is not None else 0
    return 1  # of those that are never two at once


def _places(
    inventory: Inventory, cap: MigrationCap, vm: VirtualMachine, ends: tuple[EntityRef, EntityRef]
) -> Iterator[str]:
    if cap.scope is CapScope.GROUP:
        if selects(cap.of, vm.name, vm.tags):
            yield ""
        return
    hosts = [host for host in map(inventory.find_host, dict.fromkeys(ends)) if host is not None]
    sites = sorted({host.site for host in hosts})
    names: list[tuple[str, str]] = []
    if cap.scope is CapScope.HOST:
        names = [(host.name, str(host.ref)) for host in hosts]
    elif cap.scope is CapScope.CLUSTER:
        clusters = [inventory.find_cluster(host.cluster) for host in hosts]
        names = [(cluster.name, str(cluster.ref)) for cluster in clusters if cluster is not None]
    elif cap.scope is CapScope.SITE:
        names = [(site, site) for site in sites]
    elif len(sites) > 1:
        names = [("|".join(sites), "|".join(sites))]
    for name, where in dict.fromkeys(names):
        if any(fnmatchcase(name, pattern) for pattern in cap.of):
            yield where


def _rate_mib_s(inventory: Inventory, policy: Policy, vm: VirtualMachine, ends: tuple[EntityRef, EntityRef]) -> int:
    source, destination = map(inventory.find_host, ends)
    if source is None or destination is None:
        return 1
    cipher = cipher_mib_s(vm, policy.migration)
    usable = policy.migration.usable_line_rate
    return max(1, ceil(route_between(inventory, source, destination, usable, cipher_mib_s=cipher).mib_s))
