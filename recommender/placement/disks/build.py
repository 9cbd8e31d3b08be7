"""From a request to arrays about disks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.constraints.base import Constraint
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.objectives.migration_cost import MigrationCost
from recommender.objectives.space_use import SPACE
from recommender.placement.build_problem import build_problem
from recommender.placement.disks.options import Admission, CopySeconds, datastores_at_home
from recommender.placement.disks.problem import STAYS, DiskProblem, Options
from recommender.placement.disks.separation import apart_in_positions, disks_apart
from recommender.placement.disks.units import DiskUnit, units_of, whole_unit
from recommender.placement.free_vms import FreeVms
from recommender.placement.priority import price_of_seconds
from recommender.placement.problem import Floats, HostCost, Ints, Kink, Problem
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.rules_asked import terms_asked
from recommender.placement.statements import Statements

MOST_PAIRS = 400_000  # of hosts and datastores that are offered in all, even where VMs may go everywhere
SOME_PAIRS = 120_000  # where those are too few for all: each VM gets its share of these, …
FEWEST_PAIRS = 40  # … but no less, each its own part of the hosts


def build_disk_problem(
    request: PlacementRequest, constraints: Sequence[Constraint], *, everywhere: bool = False
) -> DiskProblem:
    """The question about the disks of all VMs that may be moved, or of those on the datastores to be emptied.

    A VM stays on its host unless no datastore there may take its disks; ``everywhere``: one that has to leave may go to
    any host with them.
    """
    inventory = request.inventory
    space = next((rule for rule in constraints if isinstance(rule, DatastoreSpace)), DatastoreSpace(0))
    stores = tuple(store for store in inventory.datastores if store.capacity_mib > 0)
    admission = Admission(inventory, constraints)
    apart = disks_apart(constraints, inventory)
    one_by_one = frozenset(vm for group in apart for vm in group.vms if len(group.vms) == 1)
    units, at_home = _units(request, admission, stores, space, one_by_one)
    may_leave = [unit.must_leave or not ways for unit, ways in zip(units, at_home, strict=True)]
    hosts = _host_problem(request, admission, [unit for unit, may in zip(units, may_leave, strict=True) if may])
    item_of = np.full(len(units), -1, dtype=np.int64)
    items = {hosts.vms[group[0]].ref: item for item, group in enumerate(hosts.members) if len(group) == 1}
    for number, unit in enumerate(units):
        if unit.is_whole:
            item_of[number] = items.get(unit.vm.ref, -1)
    pairs_of, is_complete = _pairs(admission, hosts, units, item_of, at_home, stores, everywhere=everywhere)
    price = _Price(request, stores)
    rows = [[*at_home[number], *pairs_of[number]] for number in range(len(units))]
    placeable = [number for number, row in enumerate(rows) if row or not units[number].must_leave]
    kept = tuple(units[number] for number in placeable)
    position = {store.ref: column for column, store in enumerate(stores)}
    on = np.zeros((len(kept), len(stores)))
    for row, unit in enumerate(kept):
        for ref, mib in unit.on:
            if ref in position:
                on[row, position[ref]] = mib
    capacity = np.array([store.capacity_mib for store in stores], dtype=np.float64)
    used = np.array([store.capacity_mib - store.free_mib for store in stores], dtype=np.float64)
    return DiskProblem(
        inventory=inventory,
        hosts=hosts,
        stores=stores,
        units=kept,
        item_of=item_of[placeable],
        on=on,
        needed=np.array([unit.needed_mib for unit in kept], dtype=np.float64),
        used=used,
        room=np.array([space.room_mib(inventory, store) for store in stores], dtype=np.float64),
        most=np.maximum(used, capacity * (100 - space.reserve_percent) / 100),
        store_cost=store_cost_of(request, stores, capacity),
        options=_flat(kept, [rows[number] for number in placeable], price),
        unplaceable=tuple(unit for number, unit in enumerate(units) if unit.must_leave and not rows[number]),
        is_complete=is_complete,
        apart=apart_in_positions(apart, inventory, kept, stores),
    )


def _units(
    request: PlacementRequest,
    admission: Admission,
    stores: Sequence[Datastore],
    space: DatastoreSpace,
    one_by_one: frozenset[EntityRef],
) -> tuple[list[DiskUnit], list[list[tuple[int, int]]]]:
    """The units, and for each the positions (host, datastore) of where it may go while its VM stays on its host.

    ``one_by_one``: VMs of which each disk is a unit, since some of them are to be kept apart.
    """
    inventory, leaving = request.inventory, frozenset(request.evacuate)
    host_position = {host.ref: number for number, host in enumerate(inventory.hosts)}
    units: list[DiskUnit] = []
    options: list[list[tuple[int, int]]] = []
    for vm in inventory.virtual_machines:
        if not is_asked_about(request, inventory, vm):
            continue
        if vm.ref in request.with_disks:
            units.append(replace(whole_unit(vm, leaving, space), must_leave=True))
            options.append([])
            continue
        own = host_position[vm.host]
        is_split = vm.ref in one_by_one or not request.policy.keep_disks_together
        found = units_of(vm, leaving, space, one_by_one=is_split)
        if request.goal is Goal.EVACUATE:
            found = tuple(unit for unit in found if unit.must_leave)
        at_home = [[(own, store) for store, _ in datastores_at_home(admission, unit, stores)] for unit in found]
        if any(unit.must_leave and not ways for unit, ways in zip(found, at_home, strict=True)):
            # Only with everything that it has may it go to another host.
            found, at_home = (whole_unit(vm, leaving, space),), [[]]
        units += found
        options += at_home
    return units, options


def is_asked_about(request: PlacementRequest, inventory: Inventory, vm: VirtualMachine) -> bool:
    """Whether disks of the VM may be copied in answer to a question about datastores."""
    if request.with_disks and vm.ref not in request.with_disks:
        return False
    kinds = (VmKind.ORDINARY, VmKind.TEMPLATE) if request.goal is Goal.EVACUATE else (VmKind.ORDINARY,)
    return (
        vm.kind in kinds
        and inventory.in_flight_of(vm.ref) is None
        and inventory.find_host(vm.host) is not None
        and (not request.among or vm.host in request.among)
    )


def _host_problem(request: PlacementRequest, admission: Admission, units: Sequence[DiskUnit]) -> Problem:
    """The hosts' side: VMs that may change their host with their disks; what is broken there may stay so."""
    vms = tuple(unit.vm for unit in units if unit.is_whole)
    free = FreeVms(vms=vms, must_leave=frozenset(), to_mend=(), is_reluctant=False, is_tolerant=True)
    terms = [term for term in terms_asked(request) if term.name != MigrationCost.name]
    return build_problem(request.inventory, admission.of_hosts, terms, free)


def _pairs(
    admission: Admission,
    hosts: Problem,
    units: Sequence[DiskUnit],
    item_of: Ints,
    at_home: Sequence[Sequence[tuple[int, int]]],
    stores: Sequence[Datastore],
    *,
    everywhere: bool,
) -> tuple[list[list[tuple[int, int]]], bool]:
    """Other hosts with a datastore of theirs, by unit, and whether every such pair that was asked for is among them."""
    position = {store.ref: number for number, store in enumerate(stores)}
    mounted = [[position[ref] for ref in host.datastores if ref in position] for host in hosts.hosts]
    whole = [number for number, item in enumerate(item_of) if item >= 0]
    wanted = [number for number in whole if not at_home[number] or (everywhere and units[number].must_leave)]
    is_complete = len(wanted) * sum(map(len, mounted)) <= MOST_PAIRS
    most = MOST_PAIRS if is_complete else max(FEWEST_PAIRS, SOME_PAIRS // len(wanted))
    hosts_each = max(1, most // max((1, *map(len, mounted))))
    pairs: list[list[tuple[int, int]]] = [[] for _ in units]
    for turn, number in enumerate(wanted):
        unit, item = units[number], int(item_of[number])
        allowed = [int(host) for host in np.flatnonzero(hosts.mask(item)) if host != hosts.start[item]]
        for host in allowed if is_complete else _own_order(allowed, turn, hosts_each):
            pairs[number] += [
                (host, store) for store in mounted[host] if admission.admits(unit, hosts.hosts[host], stores[store])
            ]
            if len(pairs[number]) >= most:
                break
    return pairs, is_complete


def _own_order(hosts: Sequence[int], turn: int, wanted: int) -> list[int]:
    """From another host on in each turn, and first those that are far from each other: of every part a few."""
    first = turn % max(1, len(hosts))
    turned, step = [*hosts[first:], *hosts[:first]], max(1, len(hosts) // wanted)
    return [host for begin in range(step) for host in turned[begin::step]]


class _Price:
    """What copies cost by themselves, in objective units."""

    def __init__(self, request: PlacementRequest, stores: Sequence[Datastore]) -> None:
        policy = request.policy
        self._seconds = CopySeconds(request.inventory, policy)
        self._policy = policy
        self._hosts, self._stores = request.inventory.hosts, stores

    def of(self, unit: DiskUnit, host: int, store: int) -> float:
        """The price of one option."""
        return price_of_seconds(self._policy, unit.vm) * self._seconds.of(unit, self._hosts[host], self._stores[store])


def _flat(units: Sequence[DiskUnit], rows: Sequence[Sequence[tuple[int, int]]], price: _Price) -> Options:
    flat: list[tuple[int, int, int, float]] = []
    first = [0]
    for number, (unit, row) in enumerate(zip(units, rows, strict=True)):
        if not unit.must_leave:
            flat.append((number, -1, STAYS, 0.0))
        flat += [(number, host, store, price.of(unit, host, store)) for host, store in row]
        first.append(len(flat))
    whole = np.array([option[:3] for option in flat], dtype=np.int64).reshape(len(flat), 3)
    return Options(
        unit=whole[:, 0],
        host=whole[:, 1],
        store=whole[:, 2],
        price=np.array([option[3] for option in flat], dtype=np.float64),
        first=np.array(first, dtype=np.int64),
    )


def store_cost_of(request: PlacementRequest, stores: Sequence[Datastore], capacity: Floats) -> HostCost:
    """What used space costs on ``stores`` of these capacities, as the cost terms say it."""
    said = Statements((), ())
    for term in terms_asked(request):
        term.post(request.inventory, said)
    share = capacity / capacity.mean() if len(capacity) else capacity
    curves = said.curves[SPACE]
    kinks = sorted((curve.line, curve.slope) for curve in curves if curve.slope)
    cost = HostCost(
        quadratic=(sum(curve.quadratic for curve in curves) * share / capacity**2)[np.newaxis],
        kinks=tuple(
            Kink(slope=(slope * share / capacity)[np.newaxis], line=(line * capacity)[np.newaxis])
            for line, slope in kinks
        ),
    )
    if not said.space_kinks:
        return cost
    slopes, lines = zip(*(said.space_kinks.get(store.ref, (0.0, 0.0)) for store in stores), strict=True)
    return cost.with_kink(Kink(slope=np.array([slopes]), line=np.array([lines])))
