"""Look-up tables behind the inventory; shared between an inventory and the ones derived from it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from copy import copy
from typing import Protocol, TypeVar

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


class _Entity(Protocol):
    @property
    def ref(self) -> EntityRef: ...


class _Rule(Protocol):
    @property
    def vms(self) -> tuple[EntityRef, ...]: ...


_E = TypeVar("_E", bound=_Entity)
_R = TypeVar("_R", bound=_Rule)


class InventoryIndex:
    """Tables from references to entities, hosts to VMs, and VMs to rules and migrations. Never changed once shared."""

    def __init__(
        self,
        hosts: Iterable[Host],
        vms: Iterable[VirtualMachine],
        clusters: Iterable[Cluster],
        resource_pools: Iterable[ResourcePool],
        datastores: Iterable[Datastore],
        networks: Iterable[Network],
    ) -> None:
        self.hosts = _by_ref(hosts)
        self.vms = _by_ref(vms)
        self.clusters = _by_ref(clusters)
        self.resource_pools = _by_ref(resource_pools)
        self.datastores = _by_ref(datastores)
        self.networks = _by_ref(networks)
        on_host: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
        for ref, vm in self.vms.items():
            on_host[vm.host].append(ref)
        # In the order of references, as the VMs are.
        self.vms_by_host: Mapping[EntityRef, tuple[EntityRef, ...]] = {
            host: tuple(refs) for host, refs in on_host.items()
        }
        self.affinity: Mapping[EntityRef, tuple[VmAffinityRule, ...]] = {}
        self.anti_affinity: Mapping[EntityRef, tuple[VmAntiAffinityRule, ...]] = {}
        self.vm_host: Mapping[EntityRef, tuple[VmHostRule, ...]] = {}
        self.in_flight: Mapping[EntityRef, MigrationInFlight] = {}
        self.incoming_by_host: Mapping[EntityRef, frozenset[EntityRef]] = {}
        self.charged: dict[EntityRef, tuple[VirtualMachine, ...]] = {}  # what was asked before, here and below
        self.remembered: dict[Hashable, object] = {}

    def charged_to(self, host: EntityRef) -> tuple[VirtualMachine, ...]:
        """The VMs on a host and those on their way to it, sorted by reference."""
        found = self.charged.get(host)
        if found is None:
            refs, incoming = self.vms_by_host.get(host, ()), self.incoming_by_host.get(host)
            if incoming:
                refs = tuple(sorted({*refs, *incoming} & self.vms.keys(), key=address))
            found = tuple([self.vms[ref] for ref in refs])
            self.charged[host] = found
        return found

    def add_rules(
        self,
        affinity: Iterable[VmAffinityRule],
        anti_affinity: Iterable[VmAntiAffinityRule],
        vm_host: Iterable[VmHostRule],
    ) -> None:
        """Fill the tables from VMs to the rules that name them."""
        self.affinity = _by_vm(affinity)
        self.anti_affinity = _by_vm(anti_affinity)
        self.vm_host = _by_vm(vm_host)

    def add_in_flight(self, in_flight: Iterable[MigrationInFlight]) -> None:
        """Fill the tables from VMs to their migrations and from hosts to what is on its way to them."""
        self.in_flight = {flight.vm: flight for flight in in_flight}
        incoming: defaultdict[EntityRef, set[EntityRef]] = defaultdict(set)
        for flight in self.in_flight.values():
            incoming[flight.destination].add(flight.vm)
        self.incoming_by_host = {host: frozenset(refs) for host, refs in incoming.items()}

    def with_vm(self, before: VirtualMachine, after: VirtualMachine) -> "InventoryIndex":
        """A copy in which ``after`` stands in the place of ``before`` and is no longer in flight."""
        changed = self._copy()
        changed.vms = {**self.vms, after.ref: after}
        by_host = dict(self.vms_by_host)
        by_host[before.host] = tuple([ref for ref in by_host[before.host] if ref != before.ref])
        by_host[after.host] = tuple(sorted((*by_host.get(after.host, ()), after.ref), key=address))
        changed.vms_by_host = by_host
        if after.ref in self.in_flight:
            changed.add_in_flight([flight for vm, flight in self.in_flight.items() if vm != after.ref])
        return changed

    def with_datastores(self, datastores: Iterable[Datastore]) -> "InventoryIndex":
        """A copy with other datastores."""
        changed = self._copy()
        changed.datastores = _by_ref(datastores)
        return changed

    def with_in_flight(self, in_flight: Iterable[MigrationInFlight]) -> "InventoryIndex":
        """A copy with other migrations under way."""
        changed = self._copy()
        changed.add_in_flight(in_flight)
        return changed

    def _copy(self) -> "InventoryIndex":
        changed = copy(self)
        changed.charged, changed.remembered = {}, {}
        return changed


def address(ref: EntityRef) -> tuple[str, str]:
    """Sorts references as they compare, several times faster."""
    return (ref.vcenter, ref.moid)


def _by_ref(entities: Iterable[_E]) -> dict[EntityRef, _E]:
    return {entity.ref: entity for entity in entities}


def _by_vm(rules: Iterable[_R]) -> dict[EntityRef, tuple[_R, ...]]:
    table: defaultdict[EntityRef, list[_R]] = defaultdict(list)
    for rule in rules:
        for vm in rule.vms:
            table[vm].append(rule)
    return {vm: tuple(named) for vm, named in table.items()}
