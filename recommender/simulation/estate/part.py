"""The part of an estate that somebody sees who is logged in to some of its vCenters only."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef


class _Addressed(Protocol):
    @property
    def ref(self) -> EntityRef: ...


_A = TypeVar("_A", bound=_Addressed)
_R = TypeVar("_R", VmAffinityRule, VmAntiAffinityRule, VmHostRule)


def part_of(inventory: Inventory, vcenters: Collection[str]) -> Inventory:
    """What is in these vCenters. A migration that leaves them is seen without where it goes; one that comes, not."""

    def of(entities: Iterable[_A]) -> tuple[_A, ...]:
        return tuple(one for one in entities if one.ref.vcenter in vcenters)

    def ours(rules: Iterable[_R]) -> tuple[_R, ...]:
        return tuple(rule for rule in rules if any(vm.vcenter in vcenters for vm in rule.vms))

    def seen(flight: MigrationInFlight) -> MigrationInFlight:
        if flight.destination.vcenter in vcenters:
            return flight
        return MigrationInFlight(vm=flight.vm, destination=inventory.vm(flight.vm).host)

    return replace(
        inventory,
        hosts=of(inventory.hosts),
        virtual_machines=of(inventory.virtual_machines),
        clusters=of(inventory.clusters),
        resource_pools=of(inventory.resource_pools),
        datastores=of(inventory.datastores),
        datastore_clusters=of(inventory.datastore_clusters),
        networks=of(inventory.networks),
        vm_affinity_rules=ours(inventory.vm_affinity_rules),
        vm_anti_affinity_rules=ours(inventory.vm_anti_affinity_rules),
        vm_host_rules=ours(inventory.vm_host_rules),
        in_flight=tuple(seen(flight) for flight in inventory.in_flight if flight.vm.vcenter in vcenters),
    )
