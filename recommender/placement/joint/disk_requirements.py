"""What a question demands of where disks go, one requirement at a time, as ``requirements`` has it of hosts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from recommender.constraints.base import Constraint, DiskConstraint, DiskSeparation
from recommender.constraints.check import caused_by_move
from recommender.constraints.datastore_reachable import DatastoreReachable
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.constraints.disk_anti_affinity import DiskAntiAffinity
from recommender.constraints.evacuated_datastore import EvacuatedDatastore
from recommender.constraints.storage_round_trip_time import StorageRoundTripTime
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine
from recommender.placement.conflicts.requirements import Requirement, Requirements
from recommender.placement.disks.separation import apart_in_positions
from recommender.placement.joint.parts import Part, parts_of
from recommender.placement.problem import Bools
from recommender.placement.request import Goal, PlacementRequest

TOGETHER: Final = "keep_disks_together"  # of the policy
NAMED: Final = "datastore_named"  # by the file that describes a new VM


@dataclass(frozen=True, slots=True)
class Separation:
    """Nothing of two of ``members`` (parts) may be on one of ``stores``; ``fixed[m, s]``: some of it stays there."""

    demands: Requirement
    members: tuple[tuple[int, ...], ...]
    fixed: Bools
    stores: tuple[int, ...]


@dataclass(slots=True)
class DiskRequirements:
    """Indexes: p of ``parts``, s of ``stores``, h a host, r a VM.

    ``closed``: (p, s) that a requirement forbids, ``closed_on``: (p, s, h) with the VM on that host, ``stuck``: VMs
    whose disks may not be copied while they stay on their host. ``seen[s]``: hosts that mount it. ``room[s]``: MiB that
    may be copied there while nothing leaves. ``at[p]``: where it is, −1 for no datastore that is known.
    ``is_tolerant``: what is too close may stay so.
    """

    parts: tuple[Part, ...]
    stores: tuple[Datastore, ...]
    at: tuple[int, ...]
    room: tuple[float, ...]
    seen: tuple[frozenset[int], ...]
    is_tolerant: bool
    closed: defaultdict[Requirement, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    closed_on: defaultdict[Requirement, set[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(set))
    stuck: defaultdict[Requirement, set[int]] = field(default_factory=lambda: defaultdict(set))
    apart: list[Separation] = field(default_factory=list)
    together: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def rows(self) -> frozenset[int]:
        """The VMs that have any part."""
        return frozenset(part.row for part in self.parts)

    def groups(self) -> Iterator[tuple[int, ...]]:
        """VMs of which something is to be apart."""
        for group in self.apart:
            yield tuple(sorted({self.parts[part].row for parts in group.members for part in parts}))


def disk_requirements(
    request: PlacementRequest, constraints: Sequence[Constraint], vms: Sequence[VirtualMachine]
) -> DiskRequirements:
    """What every rule demands of the disks of those VMs that may be copied."""
    inventory = request.inventory
    space = next((rule for rule in constraints if isinstance(rule, DatastoreSpace)), None)
    measure = space or DatastoreSpace(0)
    parts = parts_of(request, vms, measure)
    stores = tuple(store for store in inventory.datastores if store.capacity_mib > 0) if parts else ()
    column = {store.ref: number for number, store in enumerate(stores)}
    found = DiskRequirements(
        parts=parts,
        stores=stores,
        at=tuple(column.get(part.store, -1) for part in parts),
        room=tuple(float(measure.room_mib(inventory, store)) if space else np.inf for store in stores),
        seen=tuple(
            frozenset(number for number, host in enumerate(inventory.hosts) if store.ref in host.datastores)
            for store in stores
        ),
        is_tolerant=request.goal is not Goal.DATASTORES,
    )
    for rule in constraints:
        if isinstance(rule, EvacuatedDatastore):
            _empty(inventory, rule, found)
        elif isinstance(rule, DatastoreReachable):
            _close_maintained(found)
        elif isinstance(rule, DiskConstraint) and not isinstance(rule, (DatastoreSpace, DiskSeparation)):
            _close(inventory, rule, rule.name, found)
    _name(request, found)
    _separate(inventory, constraints, found)
    _hold(inventory, [rule for rule in constraints if not isinstance(rule, DiskConstraint)], vms, found)
    if request.policy.keep_disks_together:
        found.together += _together(request, found)
    return found


def close_hosts(said: Requirements, disks: DiskRequirements) -> None:
    """Hosts without the datastores that a VM of which disks may be copied touches with anything else."""
    for row in sorted(disks.rows):
        vm = said.vms[row]
        moved = frozenset(key for part in disks.parts if part.row == row for key in part.unit.keys)
        behind = _left_behind(vm, moved)
        for number, host in enumerate(said.hosts):
            if host.ref != vm.host and not behind <= {*host.datastores}:
                said.closed[Requirement(DatastoreReachable.name)].add((row, number))


def _empty(inventory: Inventory, rule: EvacuatedDatastore, found: DiskRequirements) -> None:
    for number, part in enumerate(found.parts):
        for place, store in enumerate(found.stores):
            if not rule.admits(inventory, part.unit.vm, part.unit.keys, inventory.hosts[0], store):
                found.closed[Requirement(rule.name, datastore=store.ref)].add((number, place))


def _close_maintained(found: DiskRequirements) -> None:
    """What else makes a datastore reachable are ``seen`` and ``close_hosts``."""
    for place, store in enumerate(found.stores):
        if store.in_maintenance:
            coming = {(number, place) for number in range(len(found.parts)) if found.at[number] != place}
            found.closed[Requirement(DatastoreReachable.name)] |= coming


def _close(inventory: Inventory, rule: DiskConstraint, name: str, found: DiskRequirements) -> None:
    """By asking for each part and datastore on every host, once for each class."""
    known: dict[object, tuple[bool, ...]] = {}
    for number, part in enumerate(found.parts):
        vm, keys = _alone(part), part.unit.keys
        key = rule.copy_key(inventory, vm, keys)
        for place, store in enumerate(found.stores):
            is_there = found.at[number] == place
            if is_there and not isinstance(rule, StorageRoundTripTime):
                continue  # what is there may stay
            if (key, place) not in known:
                known[key, place] = tuple(rule.admits(inventory, vm, keys, host, store) for host in inventory.hosts)
            if not any(known[key, place]) and not is_there:
                found.closed[Requirement(name)].add((number, place))
                continue
            for host, admits in enumerate(known[key, place]):
                if not (admits or (is_there and inventory.hosts[host].ref == vm.host)):
                    found.closed_on[Requirement(name)].add((number, place, host))


def _alone(part: Part) -> VirtualMachine:
    """The VM as if it had nothing but this part: of the others it is not known yet where they go."""
    vm = part.unit.vm
    return replace(
        vm,
        disks=tuple(disk for disk in vm.disks if disk.key in part.unit.keys),
        home_datastore=part.store if HOME in part.unit.keys else None,
        datastores=(part.store,),
    )


def _name(request: PlacementRequest, found: DiskRequirements) -> None:
    named = {(vm, key): store for vm, key, store in request.named_datastores}
    for number, part in enumerate(found.parts):
        wanted = {named[part.unit.vm.ref, key] for key in part.unit.keys if (part.unit.vm.ref, key) in named}
        if wanted:
            demands = Requirement(NAMED, f"datastores of {part.unit.vm.name}")
            others = (place for place, store in enumerate(found.stores) if store.ref not in wanted)
            found.closed[demands] |= {(number, place) for place in others}


def _separate(inventory: Inventory, constraints: Sequence[Constraint], found: DiskRequirements) -> None:
    units = [part.unit for part in found.parts]
    for rule in constraints:
        for group in rule.disks_apart(inventory) if isinstance(rule, DiskSeparation) else ():
            for apart in apart_in_positions((group,), inventory, units, found.stores):
                inside = tuple(int(place) for place in np.flatnonzero(apart.stores))
                demands = Requirement(DiskAntiAffinity.name, group.name)
                found.apart.append(Separation(demands, apart.members, apart.fixed, inside))


def _hold(
    inventory: Inventory, others: Sequence[Constraint], vms: Sequence[VirtualMachine], found: DiskRequirements
) -> None:
    """What forbids to copy anything of a VM that stays on its host, by asking about one copy."""
    for row in sorted(found.rows) if found.stores else ():
        vm = vms[row]
        targets = {key: found.stores[0].ref for part in found.parts if part.row == row for key in part.unit.keys}
        for broken in caused_by_move(others, inventory, vm, inventory.host(vm.host), targets):
            found.stuck[Requirement(broken.constraint)].add(row)


def _together(request: PlacementRequest, found: DiskRequirements) -> Iterator[tuple[int, ...]]:
    """Parts that are on one datastore, but for those that somebody named one for or that a rule keeps apart."""
    torn = {rule.vm for pod in request.inventory.datastore_clusters for rule in pod.disk_anti_affinity}
    named = {(vm, key) for vm, key, _ in request.named_datastores}
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, part in enumerate(found.parts):
        vm = part.unit.vm.ref
        if vm not in torn and not any((vm, key) in named for key in part.unit.keys):
            groups[part.row, part.together].append(number)
    yield from (tuple(group) for group in groups.values() if len(group) > 1)


def _left_behind(vm: VirtualMachine, keys: frozenset[int]) -> frozenset[EntityRef]:
    """The datastores that it still touches once these disks are elsewhere."""
    nowhere = EntityRef("", "")
    return frozenset(vm.with_disks_on(dict.fromkeys(keys, nowhere)).datastores) - {nowhere}
