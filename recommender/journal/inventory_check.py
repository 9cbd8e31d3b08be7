"""What a saved inventory may not contain although each field alone is well formed.

It looks at the JSON itself, so that a place is told as it stands in the file, and so that these problems are told
together with those of single fields; whatever has the wrong type is left to the check of types.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

_ENTITIES: Final = ("hosts", "virtual_machines", "clusters", "resource_pools", "datastores", "networks")

# free_mib is not here: overcommitted thin disks are no reason to refuse a file.
_NOT_NEGATIVE: Final = {
    "hosts": ("cpu_mhz", "cores", "memory_mib"),
    "virtual_machines": ("vcpus", "memory_mib", "cpu_reservation_mhz", "memory_reservation_mib"),
    "datastores": ("capacity_mib",),
    "site_links": ("rtt_ms", "bandwidth_mbit_s"),
}


def inventory_problems(document: dict[str, Any]) -> Iterator[str]:
    """Times without a zone, things that are there twice, VMs on unknown hosts, negative sizes; each with its place."""
    inventory = document.get("inventory")
    if isinstance(inventory, dict):
        yield from _time_problems("inventory.taken_at", inventory.get("taken_at"))
        for kind in _ENTITIES:
            yield from _repeated(f"inventory.{kind}", _dicts(inventory, kind), lambda entity: _ref(entity.get("ref")))
        for kind, names in _NOT_NEGATIVE.items():
            for position, entity in _dicts(inventory, kind):
                yield from _negative(f"inventory.{kind}[{position}]", entity, names)
                yield from _negative(f"inventory.{kind}[{position}].load", entity.get("load"))
        yield from _vm_problems(inventory)
    for position, move in _dicts(document, "recent_moves"):
        yield from _time_problems(f"recent_moves[{position}].ended_at", move.get("ended_at"))
    if _is_negative(document.get("seed")):
        yield "seed: is negative"


def _vm_problems(inventory: dict[str, Any]) -> Iterator[str]:
    hosts = {_ref(host.get("ref")) for _, host in _dicts(inventory, "hosts")}
    for position, vm in _dicts(inventory, "virtual_machines"):
        place = f"inventory.virtual_machines[{position}]"
        host = _ref(vm.get("host"))
        if host is not None and host not in hosts:
            yield f"{place}.host: {host!r} is not among the hosts"
        disks = list(_dicts(vm, "disks"))
        yield from _repeated(f"{place}.disks", disks, lambda disk: disk.get("key"))
        for number, disk in disks:
            yield from _negative(f"{place}.disks[{number}]", disk, ("size_mib",))


def _repeated(
    place: str, entities: list[tuple[int, dict[str, Any]]], key: Callable[[dict[str, Any]], object]
) -> Iterator[str]:
    first: dict[object, int] = {}
    for position, entity in entities:
        value = key(entity)
        if isinstance(value, str | int):
            earlier = first.setdefault(value, position)
            if earlier != position:
                yield f"{place}[{position}]: {value!r} is there already at [{earlier}]"


def _time_problems(place: str, text: object) -> Iterator[str]:
    if isinstance(text, str):
        try:
            if datetime.fromisoformat(text).tzinfo is None:
                yield f"{place}: has no time zone"
        except ValueError:
            return  # the check of types says so


def _negative(place: str, entity: object, names: tuple[str, ...] | None = None) -> Iterator[str]:
    if isinstance(entity, dict):
        for name in entity if names is None else names:
            if _is_negative(entity.get(name)):
                yield f"{place}.{name}: is negative"


def _is_negative(value: object) -> bool:
    return isinstance(value, int | float) and value < 0


def _ref(value: object) -> str | None:
    if isinstance(value, dict) and isinstance(value.get("vcenter"), str) and isinstance(value.get("moid"), str):
        return f"{value['vcenter']}/{value['moid']}"
    return None


def _dicts(content: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    entries = content.get(name)
    if not isinstance(entries, list):
        return []
    return [(position, entry) for position, entry in enumerate(entries) if isinstance(entry, dict)]
