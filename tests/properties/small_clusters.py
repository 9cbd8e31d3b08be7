"""Small crowded clusters, and questions about them: what a search may meet, small enough to try every placement."""

from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VirtualMachine, VmKind
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.policy import FaultDomainGroup, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.properties.inventories import PROFILE, T4, situations

GIB: Final = 1024
# Little work is enough for a handful of VMs; small questions are also solved as a whole.
LIMITS: Final = SolveLimits(proposals=400, proposals_per_item=50, rounds=2)
GOALS: Final = (Goal.BALANCE, Goal.EVACUATE)

SPREAD: Final = FaultDomainGroup(name="spread", domain="rack", vms=("vm-[124]",))
RARE: Final[tuple[dict[str, Any], ...]] = (
    {"power_state": PowerState.POWERED_OFF},
    {"power_state": PowerState.POWERED_OFF, "kind": VmKind.TEMPLATE},
    {"kind": VmKind.VCLS},
    {"relocate_disabled": True},
    {"tags": ("pinned",)},
    {"features": None},
    {"load": VmLoad(cpu_demand_mhz=None)},
)


@st.composite
def requests(draw: st.DrawFn, *, eventful: bool = False, scale: int = 1) -> PlacementRequest:
    """2 or 3 hosts of one cluster, up to 5 VMs that nearly fill them, rules among them, and either goal.

    ``eventful``: rules of every kind, and rare things often. ``scale``: so many times as many hosts, VMs and rules.
    """
    seldom, fewest = st.integers(0, 2 if eventful else 9).map(lambda number: number == 1), int(eventful)
    hosts = [draw(_hosts(number, seldom)) for number in range(1, draw(st.integers(2 * scale, 3 * scale)) + 1)]
    host_refs = [host.ref for host in hosts]
    vms = [
        draw(_vms(number, host_refs, seldom)) for number in range(1, draw(st.integers(scale + fewest, 5 * scale)) + 1)
    ]
    vm_refs = [vm.ref for vm in vms]
    flying = draw(st.sampled_from(vm_refs)) if draw(seldom) else None
    inventory = make_inventory(
        hosts,
        vms,
        clusters=[Cluster(ref=ref("c1"), name="c1", datacenter="dc")],
        vm_affinity_rules=tuple(draw(st.lists(_groups(VmAffinityRule, vm_refs), min_size=fewest, max_size=scale))),
        vm_anti_affinity_rules=tuple(
            draw(st.lists(_groups(VmAntiAffinityRule, vm_refs), min_size=fewest, max_size=scale))
        ),
        vm_host_rules=tuple(draw(st.lists(_vm_host_rules(vm_refs, host_refs), min_size=fewest, max_size=scale))),
        in_flight=(MigrationInFlight(vm=flying, destination=draw(st.sampled_from(host_refs))),) if flying else (),
    )
    goal = draw(st.sampled_from(GOALS))
    among = tuple(host_refs[:-1]) if draw(seldom) else ()
    evacuate = (draw(st.sampled_from(host_refs)),) if goal is Goal.EVACUATE or draw(seldom) else ()
    return PlacementRequest(
        inventory=inventory,
        policy=draw(_policies()),
        goal=goal,
        evacuate=evacuate,
        among=among,
        seed=0,
        limits=LIMITS,
    )


@st.composite
def demanding_requests(draw: st.DrawFn) -> PlacementRequest:
    """As ``requests``, with VMs that need cores or a vGPU for themselves, and few vCPUs allowed for each core."""
    asked = draw(requests())
    hosts = tuple(
        replace(
            host, cores=draw(st.sampled_from((2, 3))), gpus=draw(st.sampled_from(((), (T4,)))), vgpu_profiles=(PROFILE,)
        )
        for host in asked.inventory.hosts
    )
    kinds: tuple[dict[str, Any], ...] = ({}, {"is_latency_sensitive": True}, {"vgpu_profiles": (PROFILE,)})
    vms = tuple(
        replace(vm, vcpus=draw(st.sampled_from((1, 2))), **draw(st.sampled_from(kinds)))
        for vm in asked.inventory.virtual_machines
    )
    policy = replace(asked.policy, max_vcpus_per_core=draw(st.sampled_from((None, 0.5, 1.0))), migration_threshold=5)
    return replace(asked, inventory=replace(asked.inventory, hosts=hosts, virtual_machines=vms), policy=policy)


@st.composite
def strange_requests(draw: st.DrawFn) -> PlacementRequest:
    """The situations in which rules are tested, several vCenters and everything, as questions."""
    situation = draw(situations())
    return PlacementRequest(
        inventory=situation.inventory,
        policy=situation.policy,
        goal=draw(st.sampled_from(GOALS)),
        evacuate=tuple(one for one in situation.evacuate if situation.inventory.find_host(one)),
        limits=LIMITS,
    )


@st.composite
def _hosts(draw: st.DrawFn, number: int, seldom: st.SearchStrategy[bool]) -> Host:
    size = draw(st.sampled_from((16, 16, 24)))
    return make_host(
        f"host-{number}",
        features=draw(st.sampled_from((("new",), ("new",), ()))),
        cluster=ref("c1"),
        cpu_mhz=draw(st.sampled_from((8000, 12_000))),
        memory_mib=size * GIB,
        in_maintenance=draw(seldom),
        tags=draw(st.sampled_from((("rack/r1",), ("rack/r2",), ("rack/r3",), ()))),
    )


@st.composite
def _vms(draw: st.DrawFn, number: int, hosts: list[EntityRef], seldom: st.SearchStrategy[bool]) -> VirtualMachine:
    memory = draw(st.sampled_from((2, 4, 6, 8, 11))) * GIB
    changes: dict[str, Any] = {
        "cpu": draw(st.sampled_from((0, 500, 1900, 3100, 5300))),
        "cpu_reservation_mhz": draw(st.sampled_from((0, 4000, 5000))),
        "features": draw(st.sampled_from(((), (), ("new",)))),
    }
    if draw(seldom):
        changes |= draw(st.sampled_from(RARE))
    return make_vm(f"vm-{number}", draw(st.sampled_from(hosts)).moid, memory=memory, **changes)


def _groups(kind: Any, vms: list[EntityRef]) -> st.SearchStrategy[Any]:
    members = st.lists(st.sampled_from(vms), min_size=1, max_size=3, unique=True)
    return st.builds(kind, name=st.just("r"), vms=members.map(tuple))


def _vm_host_rules(vms: list[EntityRef], hosts: list[EntityRef]) -> st.SearchStrategy[VmHostRule]:
    return st.builds(
        VmHostRule,
        name=st.just("h"),
        vms=st.lists(st.sampled_from(vms), min_size=1, max_size=2, unique=True).map(tuple),
        hosts=st.lists(st.sampled_from(hosts), min_size=1, max_size=2, unique=True).map(tuple),
        is_affine=st.booleans(),
        is_mandatory=st.booleans(),
    )


def _policies() -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy,
        cpu_reserve_percent=st.sampled_from((0, 5)),
        memory_reserve_percent=st.sampled_from((0, 5)),
        excluded_tags=st.just(("pinned",)),
        migration_threshold=st.sampled_from((3, 5, 2, 1)),
        fault_domains=st.sampled_from(((), (), (SPREAD,))),
    )
