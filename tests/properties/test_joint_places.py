"""Places of new VMs and of one that is there: held against every choice of hosts and datastores for all of them."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.constraints.check import caused_by_move, violations_in
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.objectives.space_use import used_mib
from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.conflicts.conflict import find_clash
from recommender.placement.new_vm import NewDisk, NewVm
from recommender.placement.place import question_of
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.rules_asked import rules_asked, terms_asked
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.properties.every_placement import DEPEND_ON_SEVERAL_VMS
from tests.properties.small_clusters import LIMITS

GIB = 1024
STORES = ("s1", "s2", "s3")


@st.composite
def questions(draw: st.DrawFn) -> PlacementRequest:
    """2 hosts that mount some of 3 datastores, 1 VM there and up to 2 new ones with up to 2 disks."""
    mounts = ((("s1",), ("s1", "s2"), STORES), (("s1",), ("s2", "s3"), STORES))
    hosts = [
        make_host(
            f"h{number}",
            datastores=draw(st.sampled_from(mounts[number])),
            cluster=ref("c"),
            memory_mib=10_000,
            cpu_mhz=10_000,
        )
        for number in range(2)
    ]
    stores = tuple(
        Datastore(
            ref=ref(name),
            name=name,
            datacenter="dc",
            capacity_mib=100 * GIB,
            free_mib=draw(st.sampled_from((8, 30, 60))) * GIB,
        )
        for name in STORES
    )
    there = make_vm("old", "h0", cpu=draw(st.sampled_from((500, 5000))), memory=4000, datastores=(ref("s1"),))
    disks = st.lists(
        st.builds(
            NewDisk,
            size_mib=st.sampled_from((5, 20, 40)).map(lambda gib: gib * GIB),
            datastore=st.sampled_from((None, None, ref("s2"))),
        ),
        max_size=2,
    ).map(tuple)
    new = [
        NewVm(
            name=f"n{number}",
            vcpus=1,
            cpu_demand_mhz=draw(st.sampled_from((500, 4000))),
            memory_mib=draw(st.sampled_from((1000, 6000))),
            disks=draw(disks),
        )
        for number in range(draw(st.integers(1, 2)))
    ]
    apart = (VmAntiAffinityRule(name="apart", vms=(ref("old"), ref("new:n0"))),) if draw(st.booleans()) else ()
    asked = PlacementRequest(
        inventory=make_inventory(hosts, [there], datastores=stores, vm_anti_affinity_rules=apart),
        policy=Policy(datastore_growth_percent=0, keep_disks_together=draw(st.booleans())),
        limits=LIMITS,
    )
    return question_of(asked, draw(st.sampled_from(((), (ref("old"),)))), new)


def ends(asked: PlacementRequest) -> Iterator[Inventory]:
    """Every end at which all new VMs are somewhere, judged by the checkers of the rules alone."""
    start = asked.inventory
    rules = [rule for rule in rules_asked(asked) if rule.name != "datastore_space"]
    alone = [rule for rule in rules if rule.name not in DEPEND_ON_SEVERAL_VMS]
    ways = []
    for vm in map(start.vm, sorted(asked.to_place)):
        kept = [(vm.host, dict[int, EntityRef]())] if vm.ref not in asked.newcomers else []
        there = [(host, disks) for host in start.hosts if host.ref != vm.host for disks in _disks(asked, vm)]
        ways.append(
            kept + [(one.ref, disks) for one, disks in there if not caused_by_move(alone, start, vm, one, disks)]
        )
    for chosen in product(*ways):
        end = start
        for vm_ref, (host, disks) in zip(sorted(asked.to_place), chosen, strict=True):
            end = end.with_vm_on(vm_ref, host, disks)
        if not violations_in(rules, end) and not _is_overfull(asked, end):
            yield end


def _disks(asked: PlacementRequest, vm: VirtualMachine) -> Iterator[dict[int, EntityRef]]:
    """Every way to make the disks of a new VM: where they are named, else anywhere, on one datastore if so asked."""
    if vm.ref not in asked.newcomers:
        yield {}
        return
    named = {key: store for ref_, key, store in asked.named_datastores if ref_ == vm.ref}
    free = [disk.key for disk in vm.disks if disk.key not in named]
    for stores in product(map(ref, STORES), repeat=len(free)):
        if not asked.policy.keep_disks_together or len(set(stores)) < 2:
            yield named | dict(zip(free, stores, strict=True))


def _is_overfull(asked: PlacementRequest, end: Inventory) -> bool:
    before, after = used_mib(asked.inventory, asked.inventory), used_mib(asked.inventory, end)
    keep = (100 - asked.policy.datastore_reserve_percent) / 100
    stores = asked.inventory.datastores
    return any(after[one.ref] > max(before[one.ref], one.capacity_mib * keep) for one in stores)


@given(questions())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_places_are_the_best_that_there_are_or_it_is_told_why_there_are_none(asked: PlacementRequest) -> None:
    result = solve(asked)
    totals = [objective_of(terms_asked(asked), asked.inventory, end).total for end in ends(asked)]
    if not totals:
        assert result.status is SolveStatus.INFEASIBLE
        assert find_clash(asked) is not None
        return
    end = inventory_after(asked.inventory, result.moves)
    assert result.objective == objective_of(terms_asked(asked), asked.inventory, end)
    assert result.status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE, SolveStatus.NOTHING_TO_DO)
    assert result.bound is not None
    assert result.bound <= min(totals) + 1e-6
    assert abs(result.objective.total - min(totals)) < 1e-4
