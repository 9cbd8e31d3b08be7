"""What a plan was made from, as fingerprints, so that it is not carried out in a world that has changed meanwhile.

Load, free space and the space that thin disks take are never part of a fingerprint: they change all the time.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.planning.plan import Plan
from recommender.policy import Policy

HEX_DIGITS: Final = 32  # of SHA-256, for each aspect: enough against chance
_RULES: Final = ("vm_affinity_rules", "vm_anti_affinity_rules", "vm_host_rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBasis:
    """Fingerprints of the policy, of all rules, of each host and datastore that the steps name, of each VM that moves.

    A fingerprint is a list of *aspect:SHA-256* (the first 32 digits), separated by spaces, so that a change can be
    told by name. It is the same in every process and on every machine.
    """

    __pydantic_config__ = {"extra": "forbid"}

    policy: str
    rules: str
    places: tuple[tuple[EntityRef, str], ...]
    vms: tuple[tuple[EntityRef, str], ...]


def plan_basis(inventory: Inventory, policy: Policy, plan: Plan) -> PlanBasis:
    """The fingerprints of what ``plan`` was made from. Raises ``KeyError`` for a VM or host that is not there."""
    moves = [step.move for step in plan.steps]
    hosts = {host for move in moves for host in (move.source, move.destination)}
    datastores = {store for move in moves for disk in move.disk_moves for store in (disk.source, disk.destination)}
    places = {ref: _fingerprint(_host_aspects(inventory.host(ref))) for ref in hosts}
    for ref in datastores:
        store = inventory.find_datastore(ref)
        if store is None:
            raise KeyError(ref)
        places[ref] = _fingerprint(_datastore_aspects(store))
    vms = {move.vm: _fingerprint(_vm_aspects(inventory.vm(move.vm))) for move in moves}
    return PlanBasis(
        policy=_fingerprint(asdict(policy)),
        rules=_fingerprint(_rule_aspects(inventory)),
        places=tuple(sorted(places.items())),
        vms=tuple(sorted(vms.items())),
    )


def stale_reasons(basis: PlanBasis, inventory: Inventory, policy: Policy) -> tuple[str, ...]:
    """Why the whole plan may not be carried out any more, in words; empty if nothing speaks against it."""
    return tuple(_stale_reasons(basis, inventory, policy))


def changed_vms(basis: PlanBasis, inventory: Inventory) -> dict[EntityRef, str]:
    """Each VM of the plan that is not as it was, with what changed: *vanished*, *moved to host …*."""
    changes = {}
    for ref, before in basis.vms:
        vm = inventory.find_vm(ref)
        if vm is None:
            changes[ref] = "vanished"
        elif changed := _changed(before, _vm_aspects(vm)):
            changes[ref] = ", ".join(_vm_change(inventory, vm, aspect) for aspect in changed)
    return changes


def _stale_reasons(basis: PlanBasis, inventory: Inventory, policy: Policy) -> Iterator[str]:
    if changed := _changed(basis.policy, asdict(policy)):
        yield f"the policy has changed ({', '.join(changed)})"
    if changed := _changed(basis.rules, _rule_aspects(inventory)):
        yield f"the cluster rules have changed ({', '.join(_words(name) for name in changed)})"
    for ref, before in basis.places:
        host, store = inventory.find_host(ref), inventory.find_datastore(ref)
        if host is not None:
            yield from _place_reason(f"host {host.name}", before, _host_aspects(host))
        elif store is not None:
            yield from _place_reason(f"datastore {store.name}", before, _datastore_aspects(store))
        else:
            yield f"{ref} is no longer in the inventory"


def _place_reason(place: str, before: str, aspects: Mapping[str, object]) -> Iterator[str]:
    if changed := _changed(before, aspects):
        yield f"{place} has changed ({', '.join(_words(name) for name in changed)})"


def _vm_change(inventory: Inventory, vm: VirtualMachine, aspect: str) -> str:
    match aspect:
        case "host":
            host = inventory.find_host(vm.host)
            return f"moved to host {host.name if host else vm.host}"
        case "instance_uuid":
            return "another VM has its address now"
        case "power_state":
            return f"its power state is {vm.power_state.value} now"
        case "memory_mib" | "cpu_reservation_mhz" | "memory_reservation_mib":
            return f"its {aspect} is {getattr(vm, aspect)} now"
    return f"its {_words(aspect)} changed"


def _rule_aspects(inventory: Inventory) -> dict[str, object]:
    return {name: _in_order(_rule(asdict(rule)) for rule in getattr(inventory, name)) for name in _RULES}


def _rule(rule: dict[str, Any]) -> dict[str, object]:
    return {name: _in_order(value) if name in ("vms", "hosts") else value for name, value in rule.items()}


def _host_aspects(host: Host) -> dict[str, object]:
    aspects = {name: value for name, value in asdict(host).items() if name not in ("ref", "load")}
    return {name: _in_order(value) if isinstance(value, tuple) else value for name, value in aspects.items()}


def _datastore_aspects(store: Datastore) -> dict[str, object]:
    return {name: value for name, value in asdict(store).items() if name not in ("ref", "free_mib")}


def _vm_aspects(vm: VirtualMachine) -> dict[str, object]:
    return {
        "instance_uuid": vm.instance_uuid,
        "host": asdict(vm.host),
        # Not their sizes: of a thin disk that is what the guest has written so far.
        "disks": _in_order((disk.key, asdict(disk.datastore)) for disk in vm.disks),
        "power_state": vm.power_state,
        "memory_mib": vm.memory_mib,
        "cpu_reservation_mhz": vm.cpu_reservation_mhz,
        "memory_reservation_mib": vm.memory_reservation_mib,
        "networks": _in_order(asdict(network) for network in vm.networks),
    }


def _in_order(items: Iterable[object]) -> list[str]:
    # In which order vCenter lists them says nothing.
    return sorted(_canonical(item) for item in items)


def _fingerprint(aspects: Mapping[str, object]) -> str:
    return " ".join(f"{name}:{_digest(value)}" for name, value in aspects.items())


def _changed(before: str, aspects: Mapping[str, object]) -> tuple[str, ...]:
    """Names of the aspects whose digests differ from those in ``before``, and of those that only one side has."""
    then = dict(part.partition(":")[::2] for part in before.split())
    now = {name: _digest(value) for name, value in aspects.items()}
    return tuple(name for name in (then | now) if then.get(name) != now.get(name))


def _digest(value: object) -> str:
    return hashlib.sha256(_canonical(value).encode("ascii")).hexdigest()[:HEX_DIGITS]


def _canonical(value: object) -> str:
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _plain(value: object) -> object:
    # 10 and 10.0 are the same setting, and a file may turn one into the other.
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _words(aspect: str) -> str:
    return aspect.replace("_", " ")
