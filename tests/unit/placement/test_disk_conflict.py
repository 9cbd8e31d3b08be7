"""Why disks cannot go: the smallest set that clashes, in words, and ways out that were tried."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from recommender.inventory.datastore_cluster import DatastoreCluster, DiskAntiAffinity
from recommender.placement.conflicts.diagnosis import Diagnosis, diagnose
from recommender.placement.conflicts.relaxations import RelaxationKind
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.solve import solve
from recommender.relocation_policy import RelocationPolicy
from recommender.report.conflict import conflict_lines
from recommender.report.names import Names
from tests.inventories import ref
from tests.unit.placement.questions import evacuation, request, small_host
from tests.unit.placement.test_disks import POLICY, emptied, store, vm

HOST = [small_host("h1", datastores=("s1", "s2", "s3"))]


def diagnosis_of(asked: PlacementRequest) -> Diagnosis:
    found = diagnose(asked, solve(asked))
    assert found is not None
    assert found.conflict.is_smallest
    return found


def members(found: Diagnosis) -> set[tuple[str, str | None, str | None]]:
    return {(one.constraint, one.rule, one.datastore.moid if one.datastore else None) for one in found.conflict.members}


def ways_out(found: Diagnosis) -> set[tuple[str, Any, Sequence[str]]]:
    return {
        (one.kind.value, one.amount or one.rule or (one.vm and one.vm.moid), tuple(two.moid for two in one.datastores))
        for one in found.relaxations
    }


def told(asked: PlacementRequest, found: Diagnosis) -> str:
    return "\n".join(conflict_lines(Names(asked.inventory), found.conflict, found.relaxations))


def test_a_datastore_that_is_emptied_into_too_little_space() -> None:
    # 90 GiB have to go where 50 and 30 are left above the reserve.
    stores = [store("s1", 200, 90), store("s2", 100, 45), store("s3", 100, 65)]
    asked = emptied(HOST, [vm("a", "h1", ("s1", 90))], stores, "s1")
    found = diagnosis_of(asked)
    assert members(found) == {
        ("evacuated_datastore", None, "s1"),
        ("datastore_space", None, "s2"),
        ("datastore_space", None, "s3"),
    }
    shorts = {one.datastore: one.shortage for one in found.conflict.members if one.datastore == ref("s2")}
    short = shorts[ref("s2")]
    assert short is not None
    assert (short.asked, short.room) == (90 * 1024, 50 * 1024)
    assert ways_out(found) == {
        ("more_capacity", 43_116, ("s2",)),  # 95 % of it are the 40 GiB that lack
        ("more_capacity", 64_674, ("s3",)),
        ("leave_out_vm", "a", ()),
    }
    assert "datastore_space on s2: 90.0 GiB of disks that are elsewhere; room for 50.0 GiB" in told(asked, found)
    assert "more space on s2" in told(asked, found)


def test_disks_that_would_fit_if_they_parted() -> None:
    stores = [store("s1", 200, 90), store("s2", 100, 45), store("s3", 100, 45)]
    asked = emptied(HOST, [vm("a", "h1", ("s1", 45), ("s1", 45))], stores, "s1")
    found = diagnosis_of(asked)
    assert ("keep_disks_together", None, None) in members(found)
    assert ("split_disks", None, ()) in ways_out(found)
    assert "let disks of a VM go to several datastores" in told(asked, found)


def test_disks_do_not_leave_their_datastore_cluster() -> None:
    stores = [replace(store("s1", 100, 50), datastore_cluster=ref("pod")), store("s2", 100, 0)]
    asked = emptied(HOST, [vm("a", "h1", ("s1", 50))], stores, "s1")
    found = diagnosis_of(asked)
    assert members(found) == {("datastore_cluster", None, None), ("evacuated_datastore", None, "s1")}
    assert ("without_rule", "datastore_cluster", ()) in ways_out(found)
    assert "datastore_cluster: forbids 1 of 2 datastores" in told(asked, found)


def _clustered(names: Sequence[str], **rules: Any) -> dict[str, Any]:
    pod = DatastoreCluster(ref=ref("pod"), name="pod", datacenter="dc", **rules)
    stores = [replace(store(name, 100, 10), datastore_cluster=ref("pod")) for name in names]
    return {"datastores": tuple(stores), "datastore_clusters": (pod,)}


def test_more_disks_to_be_separated_than_datastores() -> None:
    rule = DiskAntiAffinity(vm=ref("db"), disks=(2000, 2001, 2002), name="logs apart")
    disks = [vm("db", "h1", ("s1", 5), ("s1", 5), ("s1", 5))]
    world = _clustered(("s1", "s2"), disk_anti_affinity=(rule,))
    asked = request(HOST, disks, goal=Goal.DATASTORES, policy=POLICY, **world)
    found = diagnosis_of(asked)
    assert ("disk_anti_affinity", "logs apart", None) in members(found)
    assert "disk_anti_affinity 'logs apart': 3 disks apart" in told(asked, found)
    assert ("without_rule", "logs apart", ()) in ways_out(found)


def test_a_datastore_that_one_of_a_separated_pair_cannot_leave() -> None:
    vms = [vm("a", "h1", ("s1", 5)), vm("b", "h1", ("s2", 5))]
    world = _clustered(("s1", "s2"), vm_anti_affinity=((ref("a"), ref("b")),), vm_anti_affinity_names=("pair",))
    asked = request(HOST, vms, goal=Goal.EVACUATE, evacuate=("s1",), policy=POLICY, **world)
    found = diagnosis_of(asked)
    assert members(found) == {("disk_anti_affinity", "pair", None), ("evacuated_datastore", None, "s1")}
    assert ("without_rule", "pair", ()) in ways_out(found)


def test_of_two_datastores_that_are_emptied_one_may_be_kept() -> None:
    stores = [store("s1", 100, 50), store("s2", 100, 0)]
    asked = emptied(HOST, [vm("a", "h1", ("s1", 50))], stores, "s1", "s2")
    found = diagnosis_of(asked)
    kinds = [(one.kind, one.datastores) for one in found.relaxations if one.kind is RelaxationKind.KEEP_DATASTORE]
    assert set(kinds) == {(RelaxationKind.KEEP_DATASTORE, (ref(name),)) for name in ("s1", "s2")}


def test_a_host_is_emptied_of_a_vm_whose_disks_find_no_space_elsewhere() -> None:
    hosts = [small_host("h1", datastores=("local",)), small_host("h2", datastores=("s2",))]
    stores = (store("local", 100, 50), store("s2", 100, 60))
    policy = replace(POLICY, relocation=RelocationPolicy(copy_disks=True))
    asked = evacuation(hosts, [vm("a", "h1", ("local", 50))], "h1", policy=policy, datastores=stores)
    found = diagnosis_of(asked)
    assert {one.constraint for one in found.conflict.members} >= {"evacuated_host", "datastore_space"}
    assert ("more_capacity", 16_169, ("s2",)) in ways_out(found)
