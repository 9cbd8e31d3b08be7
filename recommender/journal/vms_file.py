"""VMs to be placed, in a file: existing ones by name, new ones described."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from annotated_types import Interval, MinLen
from pydantic import TypeAdapter

from recommender.errors import NameLookupError
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import cluster_named, datastore_named, host_named, network_named, vm_named
from recommender.inventory.reference import EntityRef
from recommender.journal.document_file import read_document
from recommender.journal.untrusted_json import entries, repeated
from recommender.placement.new_vm import NewDisk, NewVm
from recommender.quantities import MOST

VMS_FORMAT: Final = "recommender-vms/1"
Amount = Annotated[int, Interval(gt=0, le=MOST)]
Reserved = Annotated[int, Interval(ge=0, le=MOST)]
Name = Annotated[str, MinLen(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedDisk:
    """``datastore``: its name; absent: to be chosen."""

    __pydantic_config__ = {"extra": "forbid"}

    size_mib: Amount
    datastore: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedVm:
    """``cpu_demand_mhz``: what it is expected to use. ``clusters`` and ``hosts``: where it may run, or anywhere."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Name
    vcpus: Amount
    memory_mib: Amount
    cpu_demand_mhz: Reserved
    cpu_reservation_mhz: Reserved = 0
    memory_reservation_mib: Reserved = 0
    disks: tuple[DescribedDisk, ...] = ()
    networks: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = {"extra": "forbid", "title": "VMs to be placed"}

    format: Literal["recommender-vms/1"]
    existing: tuple[str, ...] = ()
    new: tuple[DescribedVm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VmsToPlace:
    """What a file asks for."""

    existing: tuple[EntityRef, ...]
    new: tuple[NewVm, ...]


_ADAPTER: Final = TypeAdapter(_Document)


def read_vms(path: Path, inventory: Inventory) -> VmsToPlace:
    """The VMs of a file. Raises ``DocumentError`` with every problem and its place, unknown names with similar ones."""
    document = read_document(path, _ADAPTER, VMS_FORMAT, lambda content: _problems(content, inventory))
    return VmsToPlace(
        existing=tuple(dict.fromkeys(vm_named(inventory, name).ref for name in document.existing)),
        new=tuple(_new_vm(vm, inventory) for vm in document.new),
    )


def vms_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of such a file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _ADAPTER.json_schema()


def _problems(content: dict[str, Any], inventory: Inventory) -> Iterator[str]:
    found = entries(content, "new")
    yield from repeated("new", found, lambda entry: entry.get("name"))
    yield from _unknown("existing", content.get("existing"), inventory, vm_named)
    if not content.get("existing") and not content.get("new"):
        yield "it names no VM: existing or new is needed"
    names = {vm.name for vm in inventory.virtual_machines}
    for position, entry in found:
        place = f"new[{position}]"
        if isinstance(entry.get("name"), str) and entry["name"] in names:
            yield f"{place}.name: a VM is called {entry['name']!r} already"
        yield from _unknown(f"{place}.networks", entry.get("networks"), inventory, network_named)
        yield from _unknown(f"{place}.clusters", entry.get("clusters"), inventory, cluster_named)
        yield from _unknown(f"{place}.hosts", entry.get("hosts"), inventory, host_named)
        for number, disk in entries(entry, "disks"):
            store = disk.get("datastore")
            if isinstance(store, str):
                for problem in _unknown(f"{place}.disks", [store], inventory, datastore_named):
                    yield problem.replace(".disks[0]", f".disks[{number}].datastore", 1)


def _unknown(
    place: str, names: object, inventory: Inventory, lookup: Callable[[Inventory, str], object]
) -> Iterator[str]:
    for position, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str):
            try:
                lookup(inventory, name)
            except NameLookupError as error:
                yield f"{place}[{position}]: {error}"


def _new_vm(vm: DescribedVm, inventory: Inventory) -> NewVm:
    clusters = {cluster_named(inventory, name).ref for name in vm.clusters}
    hosts = [host_named(inventory, name).ref for name in vm.hosts]
    hosts += [host.ref for host in inventory.hosts if host.cluster in clusters]
    return NewVm(
        name=vm.name,
        vcpus=vm.vcpus,
        memory_mib=vm.memory_mib,
        cpu_demand_mhz=vm.cpu_demand_mhz,
        cpu_reservation_mhz=vm.cpu_reservation_mhz,
        memory_reservation_mib=vm.memory_reservation_mib,
        disks=tuple(
            NewDisk(
                size_mib=disk.size_mib,
                datastore=None if disk.datastore is None else datastore_named(inventory, disk.datastore).ref,
            )
            for disk in vm.disks
        ),
        networks=tuple(network_named(inventory, name).ref for name in vm.networks),
        hosts=tuple(dict.fromkeys(hosts)),
        tags=vm.tags,
    )
