"""The inventory: one immutable picture of everything a decision needs."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar, cast

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.datastore import Datastore
from recommender.inventory.datastore_cluster import DatastoreCluster
from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.index import InventoryIndex, address
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.inventory.vm_settings import DiskProvisioning

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything there is at ``taken_at`` (aware UTC), each tuple sorted by reference.

    Look-ups by reference raise ``KeyError`` for what is not there; ``find_*`` return ``None`` instead.
    Moves in flight are part of the picture and count at both ends (``vms_charged_to``).
    """

    __pydantic_config__ = {"extra": "forbid"}

    taken_at: datetime
    hosts: tuple[Host, ...]
    virtual_machines: tuple[VirtualMachine, ...]
    clusters: tuple[Cluster, ...] = ()
    resource_pools: tuple[ResourcePool, ...] = ()
    datastores: tuple[Datastore, ...] = ()
    datastore_clusters: tuple[DatastoreCluster, ...] = ()
    networks: tuple[Network, ...] = ()
    site_links: tuple[SiteLink, ...] = ()
    vm_affinity_rules: tuple[VmAffinityRule, ...] = ()
    vm_anti_affinity_rules: tuple[VmAntiAffinityRule, ...] = ()
    vm_host_rules: tuple[VmHostRule, ...] = ()
    in_flight: tuple[MigrationInFlight, ...] = ()
    _index: InventoryIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in (
            "hosts",
            "virtual_machines",
            "clusters",
            "resource_pools",
            "datastores",
            "datastore_clusters",
            "networks",
        ):
            entities = getattr(self, name)
            object.__setattr__(self, name, tuple(sorted(entities, key=lambda entity: address(entity.ref))))
        index = InventoryIndex(
            self.hosts, self.virtual_machines, self.clusters, self.resource_pools, self.datastores, self.networks
        )
        index.add_rules(self.vm_affinity_rules, self.vm_anti_affinity_rules, self.vm_host_rules)
        index.add_in_flight(self.in_flight)
        object.__setattr__(self, "_index", index)

    def vm(self, ref: EntityRef) -> VirtualMachine:
        """The VM at this address."""
        return self._index.vms[ref]

    def find_vm(self, ref: EntityRef) -> VirtualMachine | None:
        """The VM at this address, or ``None``."""
        return self._index.vms.get(ref)

    def host(self, ref: EntityRef) -> Host:
        """The host at this address."""
        return self._index.hosts[ref]

    def find_host(self, ref: EntityRef) -> Host | None:
        """The host at this address, or ``None``."""
        return self._index.hosts.get(ref)

    def find_cluster(self, ref: EntityRef | None) -> Cluster | None:
        """The cluster at this address, or ``None``."""
        return self._index.clusters.get(ref) if ref else None

    def find_datastore(self, ref: EntityRef) -> Datastore | None:
        """The datastore at this address, or ``None``."""
        return self._index.datastores.get(ref)

    def find_datastore_cluster(self, ref: EntityRef | None) -> DatastoreCluster | None:
        """The datastore cluster at this address, or ``None``."""
        return next((cluster for cluster in self.datastore_clusters if cluster.ref == ref), None)

    def find_network(self, ref: EntityRef) -> Network | None:
        """The network at this address, or ``None``."""
        return self._index.networks.get(ref)

    def find_resource_pool(self, ref: EntityRef | None) -> ResourcePool | None:
        """The resource pool at this address, or ``None``."""
        return self._index.resource_pools.get(ref) if ref else None

    def vms_on(self, host: EntityRef) -> tuple[VirtualMachine, ...]:
        """The VMs registered on a host, sorted by reference."""
        return tuple([self._index.vms[ref] for ref in self._index.vms_by_host.get(host, ())])

    def vms_charged_to(self, host: EntityRef) -> tuple[VirtualMachine, ...]:
        """The VMs that hold room on a host: those on it and those on their way to it, each once."""
        return self._index.charged_to(host)

    def remember(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What follows from this inventory alone and several ask for, made once."""
        if key not in self._index.remembered:
            self._index.remembered[key] = make()
        return cast("_T", self._index.remembered[key])

    def hosts_charged_with(self, vm: EntityRef) -> tuple[EntityRef, ...]:
        """The hosts on which a VM holds room: where it is and, in flight, where it goes."""
        here = self._index.vms[vm].host
        flight = self._index.in_flight.get(vm) if self._index.in_flight else None
        return (here,) if flight is None or flight.destination == here else (here, flight.destination)

    def in_flight_of(self, vm: EntityRef) -> MigrationInFlight | None:
        """The migration that a VM is in, or ``None``."""
        return self._index.in_flight.get(vm) if self._index.in_flight else None

    def affinity_rules_of(self, vm: EntityRef) -> tuple[VmAffinityRule, ...]:
        """The *keep together* rules that name a VM."""
        return self._index.affinity.get(vm, ())

    def anti_affinity_rules_of(self, vm: EntityRef) -> tuple[VmAntiAffinityRule, ...]:
        """The *separate* rules that name a VM."""
        return self._index.anti_affinity.get(vm, ())

    def vm_host_rules_of(self, vm: EntityRef) -> tuple[VmHostRule, ...]:
        """The VM-host rules, must and should, that name a VM."""
        return self._index.vm_host.get(vm, ())

    def site_link(self, one: str, other: str) -> SiteLink | None:
        """The way between two sites; within a site that names none it is 0 ms; ``None`` if unknown."""
        for link in self.site_links:
            if link.joins(one, other):
                return link
        return SiteLink(site_a=one, site_b=other, rtt_ms=0.0) if one == other else None

    def with_vm_on(
        self,
        vm: EntityRef,
        host: EntityRef,
        disk_datastores: Mapping[int, EntityRef] | None = None,
        formats: Mapping[int, DiskProvisioning] | None = None,
    ) -> "Inventory":
        """The picture with ``vm`` arrived on ``host`` and no longer in flight.

        ``disk_datastores`` gives the new datastore by disk key, and ``formats`` how disks take their space there, as
        ``VirtualMachine.with_disks_on`` says; the space that the disks take moves with them.
        """
        before = self.vm(vm)
        after = replace(before.with_disks_on(disk_datastores or {}, formats), host=host)
        changed = self._changed(
            virtual_machines=tuple(after if other is before else other for other in self.virtual_machines),
            in_flight=tuple(flight for flight in self.in_flight if flight.vm != vm),
            index=self._index.with_vm(before, after),
        )
        return _with_space(changed, before, after) if after.disks != before.disks else changed

    def with_datastores(self, datastores: tuple[Datastore, ...]) -> "Inventory":
        """The picture with ``datastores``, sorted as they are here, in the place of those of the same references."""
        return self._changed(
            virtual_machines=self.virtual_machines,
            in_flight=self.in_flight,
            index=self._index.with_datastores(datastores),
            datastores=datastores,
        )

    def with_in_flight(self, flight: MigrationInFlight) -> "Inventory":
        """The picture with one more migration under way."""
        in_flight = (*self.in_flight, flight)
        return self._changed(
            virtual_machines=self.virtual_machines, in_flight=in_flight, index=self._index.with_in_flight(in_flight)
        )

    def without_in_flight(self, vm: EntityRef) -> "Inventory":
        """The picture with the migration of ``vm`` ended where it began."""
        in_flight = tuple(flight for flight in self.in_flight if flight.vm != vm)
        return self._changed(
            virtual_machines=self.virtual_machines, in_flight=in_flight, index=self._index.with_in_flight(in_flight)
        )

    def _changed(
        self,
        *,
        virtual_machines: tuple[VirtualMachine, ...],
        in_flight: tuple[MigrationInFlight, ...],
        index: InventoryIndex,
        datastores: tuple[Datastore, ...] | None = None,
    ) -> "Inventory":
        # Past __init__ on purpose: sorting and indexing everything again would make replaying a plan quadratic.
        changed = object.__new__(Inventory)
        for name in Inventory.__slots__:
            object.__setattr__(changed, name, getattr(self, name))
        object.__setattr__(changed, "virtual_machines", virtual_machines)
        object.__setattr__(changed, "in_flight", in_flight)
        object.__setattr__(changed, "datastores", self.datastores if datastores is None else datastores)
        object.__setattr__(changed, "_index", index)
        return changed


def _with_space(picture: Inventory, before: VirtualMachine, after: VirtualMachine) -> Inventory:
    """The picture with the space of copied disks free where they were and taken where they are."""
    freed = {store.ref: before.mib_on(store.ref) - after.mib_on(store.ref) for store in picture.datastores}
    return picture.with_datastores(
        tuple(
            replace(store, free_mib=store.free_mib + freed[store.ref]) if freed[store.ref] else store
            for store in picture.datastores
        )
    )
