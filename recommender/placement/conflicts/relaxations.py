"""The cheapest ways out of a conflict, each tried on the whole question before it is offered."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from recommender.constraints.datastore_space import DatastoreSpace
from recommender.constraints.evacuated_datastore import EvacuatedDatastore
from recommender.constraints.evacuated_host import EvacuatedHost
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.conflicts.conflict import Clash, model_of
from recommender.placement.conflicts.model import Extra
from recommender.placement.conflicts.requirements import ABOUT_ONE_HOST
from recommender.placement.conflicts.rule_named import without_rule
from recommender.placement.joint.disk_requirements import NAMED, TOGETHER
from recommender.placement.request import PlacementRequest, SolveLimits
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve

QUICK: Final = SolveLimits(proposals=0, rounds=0, whole_choices=0)
MOST_OF_A_KIND: Final = 3
MOST_HOSTS_TRIED: Final = 8
MOST_VMS_TRIED: Final = 6
MOST_PAIRS: Final = 6000
ONE_S: Final = 4.0
# Rules of ours that the policy may change; what hardware says is not among them.
OF_THE_POLICY: Final = frozenset(
    {
        "excluded_vm",
        "move_scope",
        "round_trip_time",
        "failover_capacity",
        "drs_disabled_vm",
        "resting_vm",
        "failed_destination",
        "vcpu_ratio",
        "datastore_cluster",
        "storage_round_trip_time",
    }
)
UNITS: Final = {"cpu_capacity": "MHz", "memory_capacity": "MiB", DatastoreSpace.name: "MiB"}
RESERVES: Final = {  # keys of the policy
    "cpu_capacity": "cpu_reserve_percent",
    "memory_capacity": "memory_reserve_percent",
    DatastoreSpace.name: "datastore_reserve_percent",
}


class RelaxationKind(StrEnum):
    """What is given up."""

    MORE_CAPACITY = "more_capacity"
    LEAVE_OUT_VM = "leave_out_vm"
    KEEP_HOST = "keep_host"
    KEEP_DATASTORE = "keep_datastore"
    SPLIT_DISKS = "split_disks"
    WITHOUT_RULE = "without_rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One way out. ``rule``: a name for ``--without-rule``. ``vm``: shut down, or left where it is.

    ``amount`` more of ``unit`` built into any *one* of ``hosts``, or of ``datastores``, its reserve counted in.
    ``keep_host``, ``keep_datastore``: it need not be emptied. ``split_disks``: disks of a VM may part.
    """

    kind: RelaxationKind
    rule: str | None = None
    vm: EntityRef | None = None
    constraint: str | None = None
    amount: int | None = None
    unit: str | None = None
    hosts: tuple[EntityRef, ...] = ()
    datastores: tuple[EntityRef, ...] = ()


def relaxations_of(request: PlacementRequest, clash: Clash) -> tuple[Relaxation, ...]:
    """Ways out of which each by itself was found to be enough: capacity by amount, VMs by size, then rules."""
    found: list[Relaxation] = []
    for candidates in (
        _capacity(request, clash),
        _vms(request.inventory, clash),
        _kept(request, clash),
        _rules(clash),
    ):
        enough = 0
        for relaxation in candidates:
            if enough < MOST_OF_A_KIND and _is_enough(request, relaxation):
                found.append(relaxation)
                enough += 1
    return tuple(found)


def _capacity(request: PlacementRequest, clash: Clash) -> Iterator[Relaxation]:
    for constraint, unit in UNITS.items():
        if not any(one.constraint == constraint for one in clash.kept):
            continue
        by_amount: defaultdict[int, list[EntityRef]] = defaultdict(list)
        space = constraint == DatastoreSpace.name
        for place, amount in _extra_space(clash) if space else _extra(clash, constraint):
            by_amount[amount].append(place)
        reserve = getattr(request.policy, RESERVES[constraint])
        for amount in sorted(by_amount):
            if reserve < 100:
                yield Relaxation(
                    kind=RelaxationKind.MORE_CAPACITY,
                    constraint=constraint,
                    amount=-(-amount * 100 // (100 - reserve)),
                    unit=unit,
                    hosts=() if space else tuple(sorted(by_amount[amount])),
                    datastores=tuple(sorted(by_amount[amount])) if space else (),
                )


def _extra(clash: Clash, constraint: str) -> Iterator[tuple[EntityRef, int]]:
    """Hosts with most room first, and what each would need in addition."""
    said, shut = clash.demands.said, {one.host for one in clash.kept if one.constraint in ABOUT_ONE_HOST}
    rooms = {host: limit for one, name, host, _, limit in said.limits if name == one.constraint == constraint}
    open_hosts = [host for host in sorted(rooms, key=lambda host: -rooms[host]) if said.hosts[host].ref not in shut]
    rows = _rows(clash)
    if len(rows) * len(said.hosts) > MOST_PAIRS:
        short = next((member.shortage for member in clash.conflict.members if member.shortage), None)
        if short is not None and short.asked > short.room:
            yield from ((said.hosts[host].ref, short.asked - short.room) for host in open_hosts)
        return
    for host in open_hosts[:MOST_HOSTS_TRIED]:
        amount = model_of(clash.demands, rows, Extra(constraint, host)).least_extra(ONE_S)
        if amount:
            yield said.hosts[host].ref, amount


def _extra_space(clash: Clash) -> Iterator[tuple[EntityRef, int]]:
    """Datastores with most room first, and what each would need in addition."""
    disks, rows = clash.demands.disks, _rows(clash)
    short = {one.datastore for one in clash.kept if one.constraint == DatastoreSpace.name}
    asked = [number for number, store in enumerate(disks.stores) if store.ref in short]
    for number in sorted(asked, key=lambda number: -disks.room[number])[:MOST_HOSTS_TRIED]:
        amount = model_of(clash.demands, rows, Extra(DatastoreSpace.name, number)).least_extra(ONE_S)
        if amount:
            yield disks.stores[number].ref, amount


def _rows(clash: Clash) -> Sequence[int]:
    """What is enough for the VMs of the conflict may not be enough for all; of very many only those are looked at."""
    everybody, disks = range(len(clash.demands.free.vms)), clash.demands.disks
    pairs = len(everybody) * len(clash.demands.said.hosts) + len(disks.parts) * len(disks.stores)
    return everybody if pairs <= MOST_PAIRS else clash.rows


def _vms(inventory: Inventory, clash: Clash) -> Iterator[Relaxation]:
    """The smallest first; where it takes very many, the smallest of those that are enough for the sum."""
    vms = sorted((inventory.vm(ref) for ref in clash.conflict.vms), key=lambda vm: (vm.memory_mib, vm.ref))
    if len(vms) > MOST_VMS_TRIED:
        short = next((member.shortage for member in clash.conflict.members if member.shortage), None)
        lack = short.asked - short.room if short else 0
        vms = [vm for vm in vms if short and short.capacity.startswith("memory") and vm.memory_mib >= lack > 0]
    for vm in vms[:MOST_VMS_TRIED]:
        yield Relaxation(kind=RelaxationKind.LEAVE_OUT_VM, vm=vm.ref)


def _kept(request: PlacementRequest, clash: Clash) -> Iterator[Relaxation]:
    """One of several hosts or datastores that are to be emptied is kept."""
    emptied = frozenset(request.evacuate if len(request.evacuate) > 1 else ())
    for one in clash.kept:
        if one.constraint == EvacuatedHost.name and one.host in emptied and one.host is not None:
            yield Relaxation(kind=RelaxationKind.KEEP_HOST, hosts=(one.host,))
        elif one.constraint == EvacuatedDatastore.name and one.datastore in emptied and one.datastore is not None:
            yield Relaxation(kind=RelaxationKind.KEEP_DATASTORE, datastores=(one.datastore,))


def _rules(clash: Clash) -> Iterator[Relaxation]:
    for one in clash.kept:
        if one.constraint == TOGETHER:
            yield Relaxation(kind=RelaxationKind.SPLIT_DISKS, constraint=one.constraint)
        elif one.rule is not None and one.constraint != NAMED:
            yield Relaxation(kind=RelaxationKind.WITHOUT_RULE, rule=one.rule, constraint=one.constraint)
        elif one.constraint in OF_THE_POLICY:
            yield Relaxation(kind=RelaxationKind.WITHOUT_RULE, rule=one.constraint, constraint=one.constraint)


def _is_enough(request: PlacementRequest, relaxation: Relaxation) -> bool:
    relaxed = replace(_relaxed(request, relaxation), limits=QUICK, with_curve=False)
    return solve(relaxed).status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE, SolveStatus.NOTHING_TO_DO)


def _relaxed(request: PlacementRequest, relaxation: Relaxation) -> PlacementRequest:
    inventory = request.inventory
    if relaxation.kind is RelaxationKind.WITHOUT_RULE:
        return without_rule(request, relaxation.rule or "")
    if relaxation.kind is RelaxationKind.LEAVE_OUT_VM:
        others = tuple(vm for vm in inventory.virtual_machines if vm.ref != relaxation.vm)
        return replace(request, inventory=replace(inventory, virtual_machines=others))
    if relaxation.kind in (RelaxationKind.KEEP_HOST, RelaxationKind.KEEP_DATASTORE):
        kept = {*relaxation.hosts, *relaxation.datastores}
        return replace(request, evacuate=tuple(one for one in request.evacuate if one not in kept))
    if relaxation.kind is RelaxationKind.SPLIT_DISKS:
        return replace(request, policy=replace(request.policy, keep_disks_together=False))
    amount = relaxation.amount or 0
    if relaxation.datastores:
        stores = tuple(
            replace(one, capacity_mib=one.capacity_mib + amount, free_mib=one.free_mib + amount)
            if one.ref == relaxation.datastores[0]
            else one
            for one in inventory.datastores
        )
        return replace(request, inventory=replace(inventory, datastores=stores))
    host = inventory.host(relaxation.hosts[0])
    field = "cpu_mhz" if relaxation.unit == "MHz" else "memory_mib"
    bigger = replace(host, **{field: getattr(host, field) + amount})
    hosts = tuple(bigger if other.ref == host.ref else other for other in inventory.hosts)
    return replace(request, inventory=replace(inventory, hosts=hosts))
