"""The units of simultaneous migration that vCenter grants at hosts, vMotion networks and datastores.

Beyond them vCenter queues, and a queued migration has no predictable start. Source: vSphere 6.7 documentation, "Limits
on Simultaneous Migrations". A datastore that a VM touches without being copied costs as much as in a vMotion. The
operator's own caps are counted in the same way.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate import MigrationKind
from recommender.placement.result import Move
from recommender.planning.order.operator_caps import CapPlace, cap_allows, caps_held
from recommender.policy import ConcurrencyLimits, Policy

TEN_GBIT_S: Final = 10_000


class UnitKind(StrEnum):
    """What sort of place has units."""

    HOST = "host"
    NETWORK = "vMotion network"
    DATASTORE = "datastore"


class VCenterPlace(NamedTuple):
    """A place where vCenter has units; a vMotion network is told by the host whose link it is."""

    kind: UnitKind
    ref: EntityRef


UnitPlace = VCenterPlace | CapPlace


def units_of(inventory: Inventory, policy: Policy, move: Move) -> dict[UnitPlace, int]:
    """What ``move`` holds at each place from its start to its end. Raises ``KeyError`` for an unknown VM."""
    copied = {store for disk in move.disk_moves for store in (disk.source, disk.destination)}
    vm = inventory.vm(move.vm)
    ends = (move.source, move.destination)
    units = _units(policy.limits, vm, move.estimate.kind, ends, copied)
    if not policy.order.is_empty:
        units.update(caps_held(inventory, policy, vm, ends).items())
    return units


def units_in_flight(inventory: Inventory, policy: Policy, flight: MigrationInFlight) -> dict[UnitPlace, int]:
    """What a migration that is under way already holds; nothing for a VM that is not in the inventory."""
    vm = inventory.find_vm(flight.vm)
    if vm is None:
        return {}
    stores = {*flight.destination_datastores, *(store for _, store in flight.disk_targets)}
    copied = {*vm.datastores, *stores} if stores else set()
    ends = (vm.host, flight.destination)
    units = _units(policy.limits, vm, _kind_in_flight(vm, flight, copies=bool(stores)), ends, copied)
    units.update(caps_held(inventory, policy, vm, ends).items())
    return units


def capacity_of(inventory: Inventory, policy: Policy, place: UnitPlace) -> int:
    """How many units a place has in all; a vMotion link of unknown speed counts as slower than 10 GbE."""
    limits = policy.limits
    if isinstance(place, CapPlace):
        return cap_allows(policy, place)
    if place.kind is UnitKind.HOST:
        return limits.host_units
    if place.kind is UnitKind.DATASTORE:
        return limits.datastore_units
    host = inventory.find_host(place.ref)
    if host is not None and _link_mbit_s(host) >= TEN_GBIT_S:
        return limits.network_units_from_10_gbit_s
    return limits.network_units_below_10_gbit_s


def place_name(inventory: Inventory, place: UnitPlace) -> str:
    """A place as a person knows it: *host esx1*."""
    if isinstance(place, CapPlace):
        return f"{place.name!r} ({place.counts}{f' at {place.where}' if place.where else ''})"
    found = inventory.find_datastore(place.ref) if place.kind is UnitKind.DATASTORE else inventory.find_host(place.ref)
    of_host = " of host" if place.kind is UnitKind.NETWORK else ""
    return f"{place.kind.value}{of_host} {found.name if found else place.ref}"


def _units(
    limits: ConcurrencyLimits,
    vm: VirtualMachine,
    kind: MigrationKind,
    ends: tuple[EntityRef, EntityRef],
    copied: Iterable[EntityRef],
) -> dict[UnitPlace, int]:
    units: dict[UnitPlace, int] = {VCenterPlace(UnitKind.HOST, host): _host_cost(limits, kind) for host in ends}
    if kind in (MigrationKind.VMOTION, MigrationKind.COMBINED) and ends[0] != ends[1]:
        units.update({VCenterPlace(UnitKind.NETWORK, host): 1 for host in ends})
    units.update({VCenterPlace(UnitKind.DATASTORE, store): limits.vmotion_datastore_cost for store in vm.datastores})
    units.update({VCenterPlace(UnitKind.DATASTORE, store): limits.storage_datastore_cost for store in copied})
    return units


def _host_cost(limits: ConcurrencyLimits, kind: MigrationKind) -> int:
    if kind is MigrationKind.COLD:
        return limits.cold_host_cost
    return limits.vmotion_host_cost if kind is MigrationKind.VMOTION else limits.storage_host_cost


def _kind_in_flight(vm: VirtualMachine, flight: MigrationInFlight, *, copies: bool) -> MigrationKind:
    if not vm.is_powered_on:
        return MigrationKind.COLD
    if flight.destination == vm.host:
        return MigrationKind.STORAGE_VMOTION
    return MigrationKind.COMBINED if copies else MigrationKind.VMOTION


def _link_mbit_s(host: Host) -> int:
    return max((adapter.link_mbit_s or 0 for adapter in host.vmotion_adapters or ()), default=0)
