"""Small plans of everything at once: odd limits, caps, pairs, orders, tight hosts and stores, migrations of others."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from hypothesis import strategies as st

from recommender.constraints.base import Constraint
from recommender.constraints.registry import constraints_for
from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine
from recommender.move_order import CapScope, Deadline, MigrationCap, OrderPolicy, Precedence, Serialize, Sync
from recommender.placement.result import Move
from recommender.policy import ConcurrencyLimits, FaultDomainGroup, HostGroup, MoveScope, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.properties.storage import mostly
from tests.unit.planning.moves import move

GIB: Final = 1024
NAMES: Final = tuple(f"v{n}" for n in range(9))
TIGHT_STORE: Final = "tight"
SPREAD: Final = FaultDomainGroup(name="spread", domain="rack", vms=("v[0-3]",))
LICENSED: Final = HostGroup(name="licensed", hosts=("h[0-2]",), vms=("v[24]",))


@dataclass(frozen=True, slots=True, kw_only=True)
class OddPlan:
    """What is to be planned; ``rules`` are those of the policy."""

    inventory: Inventory
    policy: Policy
    moves: tuple[Move, ...]

    @property
    def rules(self) -> tuple[Constraint, ...]:
        return constraints_for(self.policy)


@st.composite
def odd_plans(draw: st.DrawFn, *, sends: bool = True, most: int = 8) -> OddPlan:
    """3-5 hosts, and 2-8 moves between two placements that fit; half of all plans keep to a single oddity or none.

    ``sends``: some migrations share links, else each takes its time however many there are.
    """
    names = [f"h{n}" for n in range(draw(st.integers(3, 5)))]
    room_gib = draw(st.sampled_from((10, 14, 18, 24)))
    hosts = [draw(_hosts(name, room_gib)) for name in names]
    vms, ends = draw(_placements(names, room_gib))
    refs = [vm.ref for vm in vms]
    pairs = list(combinations(refs, 2))
    inventory = make_inventory(
        hosts,
        vms,
        clusters=tuple(draw(_clusters(name)) for name in ("c1", "c2")),
        site_links=(
            SiteLink(site_a="east", site_b="west", rtt_ms=1.0, bandwidth_mbit_s=draw(st.sampled_from((None, 2000)))),
        ),
        vm_anti_affinity_rules=tuple(
            VmAntiAffinityRule(name=f"apart {n}", vms=pair) for n, pair in enumerate(draw(_few(pairs, 2)))
        ),
        vm_affinity_rules=tuple(
            VmAffinityRule(name=f"pair {n}", vms=pair)
            for n, pair in enumerate(draw(mostly((), tuple((one,) for one in pairs))))
        ),
        vm_host_rules=tuple(
            VmHostRule(name="bound", vms=(vm,), hosts=tuple(host.ref for host in hosts[1:]))
            for vm in draw(mostly((), tuple((one,) for one in refs)))
        ),
    )
    inventory = draw(_with_tight_store(inventory))
    moves = draw(_moves(inventory, ends, sends=sends, most=most))
    moving = {one.vm for one in moves}
    others = [vm for vm in inventory.virtual_machines if vm.ref not in moving]
    flights = [
        MigrationInFlight(vm=vm.ref, destination=host.ref) for vm in others for host in hosts if host.ref != vm.host
    ]
    inventory = replace(inventory, in_flight=draw(mostly((), tuple((one,) for one in flights))) if flights else ())
    policy = Policy(
        move_scope=MoveScope.DATACENTER,
        cpu_reserve_percent=0,
        memory_reserve_percent=0,
        datastore_reserve_percent=0,
        datastore_growth_percent=0,
        max_vcpus_per_core=draw(mostly(None, (1.0,))),
        host_groups=draw(mostly((), ((LICENSED,),))),
        fault_domains=draw(mostly((), ((SPREAD,),))),
        limits=draw(_limits()),
        order=draw(st.just(OrderPolicy()) | orders()),
    )
    return OddPlan(inventory=inventory, policy=policy, moves=moves)


@st.composite
def _hosts(draw: st.DrawFn, name: str, room_gib: int) -> Host:
    return make_host(
        name,
        memory_mib=room_gib * GIB,
        cpu_mhz=draw(st.sampled_from((4000, 20_000))),
        cores=draw(st.sampled_from((4, 8))),
        cluster=ref(draw(st.sampled_from(("c1", "c1", "c2")))),
        site=draw(st.sampled_from(("east", "east", "west"))),
        tags=(draw(st.sampled_from(("rack/r1", "rack/r2"))),),
        vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=draw(st.sampled_from((1000, 10_000)))),),
        datastores=("ds", TIGHT_STORE),
    )


@st.composite
def _placements(draw: st.DrawFn, hosts: list[str], room_gib: int) -> tuple[list[VirtualMachine], list[tuple[str, str]]]:
    """VMs where they are, and where each is to be; in both placements they fit."""
    before, after = dict.fromkeys(hosts, room_gib), dict.fromkeys(hosts, room_gib)
    last = draw(mostly(None, NAMES))
    vms: list[VirtualMachine] = []
    ends: list[tuple[str, str]] = []
    for name, size in zip(NAMES, draw(st.lists(st.integers(2, 7), min_size=4, max_size=len(NAMES))), strict=False):
        starts, targets = ([host for host in hosts if free[host] >= size] for free in (before, after))
        if starts and targets:
            start, end = draw(st.sampled_from(starts)), draw(st.sampled_from(targets))
            before[start] -= size
            after[end] -= size
            changes: dict[str, Any] = {
                "power_state": draw(mostly(PowerState.POWERED_ON, (PowerState.POWERED_OFF,))),
                "memory_reservation_mib": draw(st.sampled_from((0, size * GIB))),
                "control_plane": "vCenter vc" if name == last else None,
                "tags": draw(st.sampled_from(((), ("tier:db",)))),
                "disks": (Disk(key=2000, datastore=ref("ds"), size_mib=draw(st.sampled_from((10, 20))) * GIB),),
            }
            vms.append(make_vm(name, start, memory=size * GIB, cpu=draw(st.sampled_from((10, 1500))), **changes))
            ends.append((name, end))
    return vms, ends


@st.composite
def _with_tight_store(draw: st.DrawFn, inventory: Inventory) -> Inventory:
    """One datastore has room for few disks; some VMs are on it already."""
    there = draw(_few([vm.ref for vm in inventory.virtual_machines], 2))
    vms = tuple(
        replace(
            vm,
            disks=tuple(replace(disk, datastore=ref(TIGHT_STORE)) for disk in vm.disks),
            datastores=(ref(TIGHT_STORE),),
            home_datastore=ref(TIGHT_STORE) if vm.home_datastore else None,
        )
        if vm.ref in there
        else vm
        for vm in inventory.virtual_machines
    )
    used = sum(disk.size_mib for vm in vms for disk in vm.disks if disk.datastore == ref(TIGHT_STORE))
    free = draw(st.sampled_from((0, 10, 20, 100))) * GIB
    stores = tuple(
        replace(store, capacity_mib=used + free, free_mib=free) if store.ref == ref(TIGHT_STORE) else store
        for store in inventory.datastores
    )
    return replace(inventory, virtual_machines=vms, datastores=stores)


@st.composite
def _moves(
    draw: st.DrawFn, inventory: Inventory, ends: list[tuple[str, str]], *, sends: bool, most: int
) -> tuple[Move, ...]:
    copies = draw(st.integers(0, 2)) == 0
    found = []
    for name, end in ends[:most]:
        vm = inventory.vm(ref(name))
        store = None
        if copies and draw(st.booleans()):
            store = "ds" if vm.disks[0].datastore == ref(TIGHT_STORE) else TIGHT_STORE
        if vm.host == ref(end) and store is None:
            continue
        sent_mib = draw(st.sampled_from((0.0, 5000.0, 1e9))) if sends else 0.0
        one = move(
            inventory,
            name,
            end,
            seconds=10.0 * draw(st.integers(1, 4)),
            datastore=store,
            sent_mib=sent_mib,
            priority=draw(st.integers(1, 3)),
        )
        slack = draw(st.sampled_from((1.0, 1.5, 3.0)))
        estimate = replace(one.estimate, duration_p95_s=slack * one.estimate.duration_p50_s)
        found.append(replace(one, estimate=estimate))
    return tuple(found)


@st.composite
def _clusters(draw: st.DrawFn, name: str) -> Cluster:
    reserved = AdmissionControl(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, memory_percent=50)
    slots = AdmissionControl(policy=AdmissionPolicy.SLOTS, host_failures=1, slot_memory_mib=4 * GIB)
    dedicated = AdmissionControl(policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=(ref("h0"),))
    control = draw(mostly(None, (reserved, slots, dedicated)))
    return Cluster(ref=ref(name), name=name, datacenter="dc", admission_control=control)


@st.composite
def _limits(draw: st.DrawFn) -> ConcurrencyLimits:
    if draw(st.booleans()):
        return ConcurrencyLimits()
    return ConcurrencyLimits(
        host_units=draw(st.sampled_from((1, 2, 3, 5, 8))),
        network_units_below_10_gbit_s=draw(st.integers(1, 4)),
        network_units_from_10_gbit_s=draw(st.sampled_from((1, 3, 8))),
        datastore_units=draw(st.sampled_from((2, 16, 33, 128))),
    )


@st.composite
def orders(draw: st.DrawFn) -> OrderPolicy:
    """Any rules of order and caps; precedence runs from lower to higher numbers."""

    def names(low: int, high: int) -> tuple[str, ...]:
        return tuple(f"v{n}" for n in sorted(draw(st.sets(st.integers(low, high), min_size=1, max_size=3))))

    def maybe(rule: Any) -> tuple[Any, ...]:
        return (rule,) if draw(st.booleans()) else ()

    scope = draw(st.sampled_from(CapScope))
    of = names(0, 8) if scope is CapScope.GROUP else ("*",)
    return OrderPolicy(
        precedence=maybe(Precedence(name="before", first=names(0, 3), then=names(4, 8))),
        serialize=maybe(Serialize(name="never two", vms=names(0, 8))),
        sync=maybe(Sync(name="together", vms=names(0, 8))),
        deadline=maybe(Deadline(name="soon", vms=names(0, 8), within_minutes=1)),
        cap=maybe(
            MigrationCap(name="at once", scope=scope, of=of, at_once=draw(st.integers(1, 3)))
            if draw(st.booleans())
            else MigrationCap(name="line", scope=scope, of=of, mib_s=draw(st.sampled_from((50, 150, 300, 2000))))
        ),
    )


def _few(items: list[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    if not items:
        return st.just(())
    return st.lists(st.sampled_from(items), max_size=most, unique=True).map(tuple)
