"""Finding hosts, VMs, datastores and clusters by the names people give."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Protocol, TypeVar

from recommender.errors import AmbiguousName, UnknownName
from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine

NEAR_MATCHES = 3


class _Named(Protocol):
    @property
    def ref(self) -> EntityRef: ...
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def vm_named(inventory: Inventory, text: str) -> VirtualMachine:
    """The VM that ``text`` means: a name, ``datacenter/name``, a reference (``vcenter/vm-17``) or an instance UUID."""
    by_uuid = [vm for vm in inventory.virtual_machines if vm.instance_uuid == text]
    if len(by_uuid) == 1:
        return by_uuid[0]

    def datacenter(vm: VirtualMachine) -> str:
        host = inventory.find_host(vm.host)
        return host.datacenter if host else ""

    return _named("VM", inventory.virtual_machines, datacenter, text)


def host_named(inventory: Inventory, text: str) -> Host:
    """The host that ``text`` means: a name, ``datacenter/name`` or a reference (``vcenter/host-9``)."""
    return _named("host", inventory.hosts, lambda host: host.datacenter, text)


def cluster_named(inventory: Inventory, text: str) -> Cluster:
    """The cluster that ``text`` means."""
    return _named("cluster", inventory.clusters, lambda cluster: cluster.datacenter, text)


def datastore_named(inventory: Inventory, text: str) -> Datastore:
    """The datastore that ``text`` means."""
    return _named("datastore", inventory.datastores, lambda datastore: datastore.datacenter, text)


def network_named(inventory: Inventory, text: str) -> Network:
    """The port group that ``text`` means."""
    return _named("network", inventory.networks, lambda network: network.datacenter, text)


def _named(kind: str, entities: Iterable[_N], datacenter: Callable[[_N], str], text: str) -> _N:
    everything = list(entities)
    for matches in (
        lambda entity: str(entity.ref) == text,
        lambda entity: entity.name == text,
        lambda entity: f"{datacenter(entity)}/{entity.name}" == text,
    ):
        found = [entity for entity in everything if matches(entity)]
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousName(kind, text, _places(found, datacenter))
    near = get_close_matches(text, sorted({entity.name for entity in everything}), n=NEAR_MATCHES)
    raise UnknownName(kind, text, near)


def _places(found: list[_N], datacenter: Callable[[_N], str]) -> list[str]:
    by_datacenter = [f"{datacenter(entity)}/{entity.name}" for entity in found]
    if len(set(by_datacenter)) == len(found):
        return sorted(by_datacenter)
    return sorted(str(entity.ref) for entity in found)
