"""Reads one or more vCenters into one inventory."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyVmomi import vim

from recommender.errors import InventoryIncomplete
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState, VirtualMachine
from recommender.vsphere.collector import read_objects
from recommender.vsphere.facts import Facts
from recommender.vsphere.migrations_in_flight import migrations_in_flight
from recommender.vsphere.places import Places
from recommender.vsphere.properties import EVERYTHING
from recommender.vsphere.session import Service, Session
from recommender.vsphere.translate_cluster import Rules, add_rules, translate_cluster, translate_resource_pool
from recommender.vsphere.translate_host import SiteOf, translate_host
from recommender.vsphere.translate_storage import translate_datastore, translate_network, unusable_mounts
from recommender.vsphere.translate_vm import VmConnection, translate_vm

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one vCenter holds."""

    hosts: list[Host]
    vms: dict[EntityRef, VirtualMachine]
    clusters: list[Cluster]
    resource_pools: list[ResourcePool]
    datastores: list[Datastore]
    networks: list[Network]
    rules: Rules
    in_flight: tuple[MigrationInFlight, ...]


class VCenterInventorySource:
    """The ``InventorySource`` of real vCenters.

    ``site_of`` tells each host's site, ``site_links`` what lies between sites; ``now`` is aware UTC.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        *,
        site_of: SiteOf,
        site_links: tuple[SiteLink, ...] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = tuple(sessions)
        self._site_of = site_of
        self._site_links = site_links
        self._now = now

    def read(self) -> Inventory:
        """Everything there is, as old as the beginning of the reading. Raises ``InventoryError``."""
        taken_at = self._now()
        parts = [session.reading(self._part) for session in self._sessions]
        return Inventory(
            taken_at=taken_at,
            hosts=tuple(host for part in parts for host in part.hosts),
            virtual_machines=tuple(vm for part in parts for vm in part.vms.values()),
            clusters=tuple(cluster for part in parts for cluster in part.clusters),
            resource_pools=tuple(pool for part in parts for pool in part.resource_pools),
            datastores=tuple(datastore for part in parts for datastore in part.datastores),
            networks=tuple(network for part in parts for network in part.networks),
            site_links=self._site_links,
            vm_affinity_rules=tuple(rule for part in parts for rule in part.rules.vm_affinity),
            vm_anti_affinity_rules=tuple(rule for part in parts for rule in part.rules.vm_anti_affinity),
            vm_host_rules=tuple(rule for part in parts for rule in part.rules.vm_host),
            in_flight=tuple(flight for part in parts for flight in part.in_flight),
        )

    def _part(self, service: Service) -> _Part:
        read = read_objects(service, EVERYTHING)
        between = [facts for kind in (vim.Folder, vim.ComputeResource, vim.StoragePod) for facts in read[kind]]
        places = Places(read[vim.Datacenter], between)
        clusters = [translate_cluster(facts, places) for facts in read[vim.ClusterComputeResource]]
        hosts = self._hosts(read[vim.HostSystem], places, clusters, read[vim.Datastore])
        host_refs = frozenset(host.ref for host in hosts)
        vms = _vms(read[vim.VirtualMachine], host_refs, left_out={facts.ref for facts in read[vim.HostSystem]})
        rules = Rules()
        for facts in read[vim.ClusterComputeResource]:
            add_rules(rules, facts, frozenset(vms), host_refs)
        pools = frozenset(facts.ref for facts in read[vim.ResourcePool])
        return _Part(
            hosts=hosts,
            vms=vms,
            clusters=clusters,
            resource_pools=[translate_resource_pool(facts, pools) for facts in read[vim.ResourcePool]],
            datastores=[translate_datastore(facts, places) for facts in read[vim.Datastore]],
            networks=[translate_network(facts, places) for facts in read[vim.Network]],
            rules=rules,
            in_flight=migrations_in_flight(service, vms, host_refs),
        )

    def _hosts(self, read: list[Facts], places: Places, clusters: list[Cluster], datastores: list[Facts]) -> list[Host]:
        names = {cluster.ref: cluster.name for cluster in clusters}
        unusable = unusable_mounts(datastores)
        hosts = []
        for facts in read:
            try:
                hosts.append(
                    translate_host(
                        facts,
                        places=places,
                        clusters=names,
                        unusable=unusable.get(facts.ref, ()),
                        site_of=self._site_of,
                    )
                )
            except InventoryIncomplete as error:
                if facts.get("runtime.connectionState") == ConnectionState.CONNECTED:
                    raise
                # Nothing can be brought to it or asked of it; the other hosts must not wait for it.
                _log.warning("a host that is not connected is left out: %s", error)
        return hosts


def _vms(read: list[Facts], hosts: frozenset[EntityRef], left_out: set[EntityRef]) -> dict[EntityRef, VirtualMachine]:
    vms = {}
    for facts in read:
        try:
            vm = translate_vm(facts)
        except InventoryIncomplete as error:
            if _may_be_missing(facts):
                _log.warning("a VM that vCenter itself cannot read is left out: %s", error)
                continue
            raise
        if vm.host in hosts:
            vms[vm.ref] = vm
        elif vm.host in left_out:
            _log.warning("a VM on a host that is left out is left out: %r (%s)", vm.name, vm.ref)
        else:
            raise facts.incomplete("a runtime.host that can be read")
    return vms


def _may_be_missing(facts: Facts) -> bool:
    """Whether it takes no room and cannot be moved: not running, and unknown to vCenter itself."""
    unreadable = (state for state in VmConnection if not state.is_readable)
    return facts.get("runtime.connectionState") in unreadable and (
        facts.get("runtime.powerState") != PowerState.POWERED_ON
    )
