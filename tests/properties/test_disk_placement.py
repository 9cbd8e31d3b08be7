"""Answers about datastores: allowed, in an order that keeps every rule, at the cost they say, no worse than told.

Every choice of datastores is tried where VMs stay on their hosts, judged by the checkers of the rules alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.constraints.check import caused_by_move
from recommender.constraints.disk_anti_affinity import DiskAntiAffinity as DiskApart
from recommender.inventory.datastore import Datastore
from recommender.inventory.datastore_cluster import DatastoreCluster, DiskAntiAffinity
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.measured import Measured
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, Disk, VirtualMachine
from recommender.objectives.space_use import used_mib
from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.disks.bound import lower_bound
from recommender.placement.disks.build import build_disk_problem
from recommender.placement.disks.model import improve_by_model
from recommender.placement.disks.state import DiskState
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.rules_asked import rules_asked, terms_asked
from recommender.placement.solve import solve
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.properties.small_clusters import LIMITS

STORES = ("s1", "s2", "s3")
GIB = 1024
SLOW, QUICK = (Measured(newest=ms, p95=ms, window_s=60) for ms in (40.0, 5.0))

thorough = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def questions(draw: st.DrawFn, *, one_host: bool = False) -> PlacementRequest:
    """Up to 2 hosts that mount some of 3 datastores, up to 4 VMs on them, and either goal about datastores."""
    mounts = st.lists(st.sampled_from(STORES), min_size=1, unique=True)
    hosts = [
        make_host(f"h{number}", datastores=STORES if one_host else draw(mounts), cluster=ref("c"), memory_mib=10_000)
        for number in range(1 if one_host else 2)
    ]
    vms = [
        make_vm(f"v{number}", host.name, memory=draw(st.sampled_from((1000, 6000))), **draw(disks(host.datastores)))
        for number, host in enumerate(draw(st.lists(st.sampled_from(hosts), min_size=1, max_size=4)))
    ]
    is_clustered = draw(st.booleans())
    stores = tuple(
        Datastore(
            ref=ref(name),
            name=name,
            datacenter="dc",
            capacity_mib=100 * GIB,
            free_mib=draw(st.sampled_from((0, 10, 25, 60))) * GIB,
            datastore_cluster=ref("pod") if is_clustered else None,
            load=DatastoreLoad(latency_ms=draw(st.sampled_from((None, SLOW, QUICK)))),
        )
        for name in STORES
    )
    goal = draw(st.sampled_from((Goal.DATASTORES, Goal.EVACUATE)))
    return PlacementRequest(
        inventory=make_inventory(
            hosts, vms, datastores=stores, datastore_clusters=(draw(separations(vms)),) if is_clustered else ()
        ),
        policy=Policy(
            datastore_reserve_percent=draw(st.sampled_from((0, 5))),
            keep_disks_together=draw(st.booleans()),
            migration_threshold=draw(st.sampled_from((3, 5))),
        ),
        goal=goal,
        evacuate=(ref("s1"),) if goal is Goal.EVACUATE else (),
        limits=LIMITS,
    )


@st.composite
def separations(draw: st.DrawFn, vms: list[VirtualMachine]) -> DatastoreCluster:
    """A datastore cluster that keeps some VMs apart, or the disks of some."""
    refs = [vm.ref for vm in vms]
    return DatastoreCluster(
        ref=ref("pod"),
        name="pod",
        datacenter="dc",
        vm_anti_affinity=draw(st.sampled_from(((), (tuple(refs[:2]),), (tuple(refs),)))),
        disk_anti_affinity=tuple(
            DiskAntiAffinity(vm=one, disks=(2000, 2001)) for one in draw(st.sampled_from(((), refs[:1], refs)))
        ),
    )


@st.composite
def disks(draw: st.DrawFn, mounted: tuple[EntityRef, ...]) -> dict[str, Any]:
    places = draw(st.lists(st.sampled_from(mounted), min_size=1, max_size=2) | st.just([mounted[0]] * 2))
    sizes = [draw(st.sampled_from((5, 10, 25))) * GIB for _ in places]
    found = tuple(
        Disk(key=2000 + number, datastore=place, size_mib=size)
        for number, (place, size) in enumerate(zip(places, sizes, strict=True))
    )
    home = draw(st.sampled_from(places))
    return {"disks": found, "home_datastore": home, "datastores": tuple(sorted({home, *places}))}


def choices(asked: PlacementRequest, vm: EntityRef) -> list[dict[int, EntityRef]]:
    """Every way to copy the disks of a VM that stays on its host: each group to any datastore that may take it."""
    machine = asked.inventory.vm(vm)
    places = {HOME: machine.home_datastore, **{disk.key: disk.datastore for disk in machine.disks}}
    stores = sorted({place for place in places.values() if place is not None})
    groups = []
    for place in stores:
        keys = [key for key, found in places.items() if found == place]
        here = [key for key in keys if key != HOME]
        ruled = {rule.vm for pod in asked.inventory.datastore_clusters for rule in pod.disk_anti_affinity}
        alone = (vm in ruled or not asked.policy.keep_disks_together) and len(here) > 1
        first = [key for key in keys if key == HOME or not alone or key == here[0]]
        groups += [first, *([key] for key in here[1:] if alone)]
    ways = []
    for targets in product(sorted(store.ref for store in asked.inventory.datastores), repeat=len(groups)):
        moved = {key: to for group, to in zip(groups, targets, strict=True) for key in group if places[key] != to}
        if asked.goal is Goal.DATASTORES or all(places[key] in asked.evacuate for key in moved):
            ways.append(moved)
    return ways


def ends(asked: PlacementRequest) -> Iterator[Inventory]:
    """Every end at which what has to leave has left, nothing was refused, and no datastore is too full by copies."""
    rules = [rule for rule in rules_asked(asked) if rule.name not in ("datastore_space", DiskApart.name)]
    start = asked.inventory
    ways = {}
    for vm in start.virtual_machines:
        host = start.host(vm.host)
        ways[vm.ref] = [
            way for way in choices(asked, vm.ref) if not way or not caused_by_move(rules, start, vm, host, way)
        ]
    for chosen in product(*ways.values()):
        end = start
        for ref_, way in zip(ways, chosen, strict=True):
            end = end.with_vm_on(ref_, start.vm(ref_).host, way) if way else end
        left = not any(set(vm.datastores) & set(asked.evacuate) for vm in end.virtual_machines)
        if left and not _overfull(asked, end) and not _too_close(asked, end):
            yield end


def _too_close(asked: PlacementRequest, end: Inventory) -> bool:
    """Whether anything is together that must not be: at all, or where a datastore is emptied, by a copy."""
    found = list(DiskApart().violations(end, end.virtual_machines))
    if asked.goal is Goal.DATASTORES:
        return bool(found)
    for vm in end.virtual_machines:
        before = asked.inventory.vm(vm.ref)
        came = {vm.home_datastore} - {before.home_datastore}
        came |= {new.datastore for old, new in zip(before.disks, vm.disks, strict=True) if old != new}
        if any(vm.ref in broken.vms and broken.datastore in came for broken in found):
            return True
    return False


def _overfull(asked: PlacementRequest, end: Inventory) -> bool:
    """Whether any datastore to which something was copied keeps too little free."""
    before, after = used_mib(asked.inventory, asked.inventory), used_mib(asked.inventory, end)
    came = {
        new.datastore
        for vm in end.virtual_machines
        for old, new in zip(asked.inventory.vm(vm.ref).disks, vm.disks, strict=True)
        if old.datastore != new.datastore
    }
    keep = (100 - asked.policy.datastore_reserve_percent) / 100
    return any(
        after[store.ref] > store.capacity_mib * keep and (store.ref in came or after[store.ref] > before[store.ref])
        for store in asked.inventory.datastores
    )


@given(questions())
@thorough
def test_the_answer_is_allowed_and_has_an_order_that_keeps_every_rule(asked: PlacementRequest) -> None:
    result, rules = solve(asked), rules_asked(asked)
    plan = schedule(asked.inventory, asked.policy, result.moves, rules)
    assert replay(asked.inventory, rules, asked.policy, plan, result.moves) == ()
    end = inventory_after(asked.inventory, result.moves)
    assert not _overfull(asked, end)
    assert result.objective == objective_of(terms_asked(asked), asked.inventory, end)
    assert result.bound is None or result.bound <= result.objective.total + 1e-6
    if asked.goal is Goal.DATASTORES and not _too_close(asked, asked.inventory):
        assert result.objective.total <= result.starting_objective.total
    assert solve(replace(asked)) == result


@given(questions(one_host=True))
@thorough
def test_what_is_possible_is_found_and_nothing_is_below_the_bound(asked: PlacementRequest) -> None:
    result = solve(asked)
    totals = [objective_of(terms_asked(asked), asked.inventory, end).total for end in ends(asked)]
    assert bool(totals) == (not result.remaining_violations)
    if not totals:
        return
    best, total = min(totals), result.objective.total
    assert best <= total + 1e-6
    assert result.bound is None or result.bound <= best + 1e-6
    assert result.status is not SolveStatus.OPTIMAL or total <= best + 1e-4


@given(questions(one_host=True).filter(lambda asked: asked.inventory.datastore_clusters))
@settings(thorough, max_examples=80)
def test_the_model_alone_separates_what_can_be_separated(asked: PlacementRequest) -> None:
    asked = replace(asked, goal=Goal.DATASTORES, evacuate=())
    problem = build_disk_problem(asked, rules_asked(asked))
    state = DiskState(problem)
    improve_by_model(state, lower_bound(problem, state), LIMITS, seed=0)
    assert state.broken() == 0 or not any(ends(asked))
