"""From the facts of one vCenter to its part of the inventory; nothing is asked of vCenter here."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Final

from pyVmomi import vim

from recommender.errors import InventoryIncomplete
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.datastore import Datastore
from recommender.inventory.datastore_cluster import DatastoreCluster
from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState, VirtualMachine, VmDrsBehavior
from recommender.ports import TaskStatus
from recommender.vsphere.collecting_later import collecting_later
from recommender.vsphere.extras import Extras
from recommender.vsphere.facts import Facts
from recommender.vsphere.migrations_in_flight import Starts, busy_with, migrations_in_flight
from recommender.vsphere.once import Once
from recommender.vsphere.places import Places
from recommender.vsphere.sources.known import Known, Translate
from recommender.vsphere.translation.cluster import (
    Rules,
    add_rules,
    ha_restart_priorities,
    translate_cluster,
    translate_resource_pool,
    vm_drs_behaviors,
)
from recommender.vsphere.translation.datastore_cluster import translate_datastore_cluster
from recommender.vsphere.translation.host import SiteOf, translate_host
from recommender.vsphere.translation.network import networks_of
from recommender.vsphere.translation.storage import HostMounts, mounts_by_host, translate_datastore
from recommender.vsphere.translation.vm import VmConnection, VmSurroundings, translate_vm

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of one vCenter: facts by kind, open tasks and their start events, and what else mattered.

    ``changed_vms``: by id, all VMs that have changed since the reading before (``None``: are gone), if that is known.
    """

    vcenter: str
    facts: Mapping[type[vim.ManagedEntity], Sequence[Facts]]
    tasks: tuple[TaskStatus, ...] = ()
    starts: Starts = field(default_factory=dict)
    extras: Extras = field(default_factory=Extras)
    changed_vms: Mapping[str, Facts | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterPart:
    """What one vCenter holds."""

    hosts: list[Host]
    vms: dict[EntityRef, VirtualMachine]
    clusters: list[Cluster]
    resource_pools: list[ResourcePool]
    datastores: list[Datastore]
    datastore_clusters: list[DatastoreCluster]
    networks: list[Network]
    rules: Rules
    in_flight: tuple[MigrationInFlight, ...]


_ALONE: Final = VmSurroundings()
_WRITES_ALL: Final = HostMounts()


@collecting_later()
def part_of(reading: Reading, site_of: SiteOf, known: Known | None = None) -> VCenterPart:
    """The reading in the product's own terms; ``known`` is brought up to date. Raises ``InventoryIncomplete``."""
    read, known = reading.facts, Known() if known is None else known
    between = [facts for kind in (vim.Folder, vim.ComputeResource, vim.StoragePod) for facts in read[kind]]
    places = Places(read[vim.Datacenter], between)
    clusters = [translate_cluster(facts, places) for facts in read[vim.ClusterComputeResource]]
    hosts = _hosts(reading, places, clusters, site_of, known)
    host_refs = frozenset(host.ref for host in hosts)
    vms = _vms(reading, host_refs, known)
    rules = Rules()
    for number, facts in enumerate(read[vim.ClusterComputeResource]):
        overruled = add_rules(rules, facts, vms.keys(), host_refs)
        if overruled:
            disabled = tuple(sorted({*clusters[number].disabled_rules, *overruled}))
            clusters[number] = replace(clusters[number], disabled_rules=disabled)
    pools = frozenset(facts.ref for facts in read[vim.ResourcePool])
    vapps = frozenset(vm.vapp for vm in vms.values() if vm.vapp is not None)
    pods = frozenset(facts.ref for facts in read[vim.StoragePod])
    return VCenterPart(
        hosts=hosts,
        vms=vms,
        clusters=clusters,
        resource_pools=[translate_resource_pool(facts, pools, vapps) for facts in read[vim.ResourcePool]],
        datastores=[translate_datastore(facts, places, pods) for facts in read[vim.Datastore]],
        datastore_clusters=[translate_datastore_cluster(facts, places) for facts in read[vim.StoragePod]],
        networks=list(networks_of(read, places)),
        rules=rules,
        in_flight=migrations_in_flight(reading.vcenter, reading.tasks, reading.starts, vms, host_refs),
    )


def inventory_of(parts: Sequence[VCenterPart], *, taken_at: datetime, site_links: tuple[SiteLink, ...]) -> Inventory:
    """All vCenters as one picture."""
    return Inventory(
        taken_at=taken_at,
        hosts=tuple(host for part in parts for host in part.hosts),
        virtual_machines=tuple(vm for part in parts for vm in part.vms.values()),
        clusters=tuple(cluster for part in parts for cluster in part.clusters),
        resource_pools=tuple(pool for part in parts for pool in part.resource_pools),
        datastores=tuple(datastore for part in parts for datastore in part.datastores),
        datastore_clusters=tuple(cluster for part in parts for cluster in part.datastore_clusters),
        networks=tuple(network for part in parts for network in part.networks),
        site_links=site_links,
        vm_affinity_rules=tuple(rule for part in parts for rule in part.rules.vm_affinity),
        vm_anti_affinity_rules=tuple(rule for part in parts for rule in part.rules.vm_anti_affinity),
        vm_host_rules=tuple(rule for part in parts for rule in part.rules.vm_host),
        in_flight=tuple(flight for part in parts for flight in part.in_flight),
    )


def _hosts(reading: Reading, places: Places, clusters: list[Cluster], site_of: SiteOf, known: Known) -> list[Host]:
    names = {cluster.ref: cluster.name for cluster in clusters}
    mounts, extras = mounts_by_host(reading.facts[vim.Datastore]), reading.extras
    known.keep_only_hosts({facts.moid for facts in reading.facts[vim.HostSystem]})
    hosts, once = [], Once()
    for facts in reading.facts[vim.HostSystem]:
        writes, parent = mounts.get(facts.ref, _WRITES_ALL), facts.ref_at("parent")
        translate = partial(
            translate_host,
            facts,
            places=places,
            clusters=names,
            mounts=writes,
            site_of=site_of,
            extras=extras,
            once=once,
        )
        try:
            around = (
                places.datacenter_of(facts),
                names.get(parent) if parent else None,
                writes,
                *extras.of_host(facts),
            )
            hosts.append(known.host(facts, around, translate))
        except InventoryIncomplete as error:
            if facts.get("runtime.connectionState") == ConnectionState.CONNECTED:
                raise
            # Nothing can be brought to it or asked of it; the other hosts must not wait for it.
            _log.warning("a host that is not connected is left out: %s", error)
    return hosts


def _vms(reading: Reading, hosts: frozenset[EntityRef], known: Known) -> dict[EntityRef, VirtualMachine]:
    stores = {facts.ref: facts.name for facts in reading.facts[vim.Datastore]}
    attributes = reading.extras.attribute_names
    # By ids, which are quicker to look up than addresses.
    here, left_out = {ref.moid for ref in hosts}, {facts.moid for facts in reading.facts[vim.HostSystem]}
    around = {ref.moid: told for ref, told in _surroundings(reading).items()}
    changed = reading.changed_vms
    if known.begin(stores, attributes, here, left_out) or changed is None:
        in_order = sorted(reading.facts[vim.VirtualMachine], key=attrgetter("moid"))
        changed = {facts.moid: facts for facts in in_order}
        known.keep_only_vms(changed.keys())
    translate = partial(translate_vm, datastore_names=stores, attribute_names=attributes, once=Once())
    for moid, facts in {**known.of_other_surroundings(around), **changed}.items():
        ref = EntityRef(reading.vcenter, moid)
        if facts is None:
            known.forget(ref)
            continue
        vm = _vm(facts, known, around.get(moid, _ALONE), translate)
        if vm is None or vm.host.moid in here:
            known.put(ref, vm)
        elif vm.host.moid in left_out:
            _log.warning("a VM on a host that is left out is left out: %r (%s)", vm.name, vm.ref)
            known.put(ref, None)
        else:
            raise facts.incomplete("a runtime.host that can be read")
    return dict(known.here)


def _vm(facts: Facts, known: Known, around: VmSurroundings, translate: Translate) -> VirtualMachine | None:
    """The VM; ``None`` where vCenter itself cannot read one that does not matter."""
    try:
        return known.vm(facts, around, translate)
    except InventoryIncomplete as error:
        if not _may_be_missing(facts):
            raise
        _log.warning("a VM that vCenter itself cannot read is left out: %s", error)
        return None


def _surroundings(reading: Reading) -> dict[EntityRef, VmSurroundings]:
    """Of the VMs of which something is told elsewhere."""
    busy = busy_with(reading.tasks)
    behaviors: dict[EntityRef, VmDrsBehavior] = {}
    priorities: dict[EntityRef, str] = {}
    for cluster in reading.facts[vim.ClusterComputeResource]:
        behaviors |= vm_drs_behaviors(cluster)
        priorities |= ha_restart_priorities(cluster)
    return {
        vm: VmSurroundings(
            busy_with=busy.get(vm), drs_behavior=behaviors.get(vm), ha_restart_priority=priorities.get(vm)
        )
        for vm in busy.keys() | behaviors.keys() | priorities.keys()
    }


def _may_be_missing(facts: Facts) -> bool:
    """Whether it takes no room and cannot be moved: not running, and unknown to vCenter itself."""
    unreadable = (state for state in VmConnection if not state.is_readable)
    return facts.get("runtime.connectionState") in unreadable and (
        facts.get("runtime.powerState") != PowerState.POWERED_ON
    )
