"""What a saved inventory may not contain although each field alone is well formed.

It looks at the JSON itself, so that a place is told as it stands in the file, and so that these problems are told
together with those of single fields.
"""

from collections.abc import Iterator
from typing import Any, Final

from recommender.journal.untrusted_json import address, entries, is_negative, repeated, time_problems
from recommender.quantities import MOST

_ENTITIES: Final = (
    "hosts",
    "virtual_machines",
    "clusters",
    "resource_pools",
    "datastores",
    "datastore_clusters",
    "networks",
)

# free_mib is not here: overcommitted thin disks are no reason to refuse a file.
_AMOUNTS: Final = {
    "hosts": ("cpu_mhz", "cores", "memory_mib"),
    "virtual_machines": (
        "vcpus",
        "memory_mib",
        "cpu_reservation_mhz",
        "memory_reservation_mib",
        "snapshots",
        "snapshot_mib",
        "sriov_adapters",
    ),
    "datastores": ("capacity_mib",),
    "site_links": ("rtt_ms", "bandwidth_mbit_s", "loss"),
}


def inventory_problems(document: dict[str, Any]) -> Iterator[str]:
    """Times without a zone, things twice, VMs on unknown hosts, impossible sizes; each with its place."""
    inventory = document.get("inventory")
    if isinstance(inventory, dict):
        yield from time_problems("inventory.taken_at", inventory.get("taken_at"))
        for kind in _ENTITIES:
            yield from repeated(
                f"inventory.{kind}", entries(inventory, kind), lambda entity: address(entity.get("ref"))
            )
        for kind, names in _AMOUNTS.items():
            for position, entity in entries(inventory, kind):
                yield from _impossible(f"inventory.{kind}[{position}]", entity, names)
                yield from _impossible(f"inventory.{kind}[{position}].load", entity.get("load"))
        yield from _adapter_problems(inventory)
        yield from _vm_problems(inventory)
    for position, move in entries(document, "recent_moves"):
        yield from time_problems(f"recent_moves[{position}].ended_at", move.get("ended_at"))
    if is_negative(document.get("seed")):
        yield "seed: is negative"


def _vm_problems(inventory: dict[str, Any]) -> Iterator[str]:
    hosts = {address(host.get("ref")) for _, host in entries(inventory, "hosts")}
    for position, vm in entries(inventory, "virtual_machines"):
        place = f"inventory.virtual_machines[{position}]"
        host = address(vm.get("host"))
        if host is not None and host not in hosts:
            yield f"{place}.host: {host!r} is not among the hosts"
        disks = entries(vm, "disks")
        yield from repeated(f"{place}.disks", disks, lambda disk: disk.get("key"))
        for number, disk in disks:
            yield from _impossible(f"{place}.disks[{number}]", disk, ("size_mib",))


def _adapter_problems(inventory: dict[str, Any]) -> Iterator[str]:
    for position, host in entries(inventory, "hosts"):
        for number, adapter in entries(host, "vmotion_adapters"):
            place = f"inventory.hosts[{position}].vmotion_adapters[{number}]"
            yield from _impossible(place, adapter, ("link_mbit_s", "mtu"))


def _impossible(place: str, entity: object, names: tuple[str, ...] | None = None) -> Iterator[str]:
    if isinstance(entity, dict):
        for name in entity if names is None else names:
            amount = entity.get(name)
            if is_negative(amount):
                yield f"{place}.{name}: is negative"
            elif isinstance(amount, int | float) and amount > MOST:
                yield f"{place}.{name}: is more than {MOST:,}"
