"""Hosts and datastores of several VMs chosen together: what looks best of the one by itself is not best of both."""

from dataclasses import replace

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.datastore import Datastore
from recommender.placement.conflicts.relaxations import RelaxationKind
from recommender.placement.new_vm import NewDisk
from recommender.placement.place import place
from recommender.placement.result import SolveStatus
from recommender.policy import Policy
from recommender.relocation_policy import RelocationPolicy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host
from tests.unit.placement.test_place import new, placed

POLICY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, datastore_reserve_percent=0)


def store(name: str, free: int, capacity: int = 1000) -> Datastore:
    return Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=capacity, free_mib=free)


def test_an_empty_host_that_sees_only_a_nearly_full_datastore_is_not_the_best() -> None:
    hosts = [small_host("h1", datastores=("roomy",)), small_host("h2", datastores=("tight",))]
    busy = make_vm("busy", "h1", cpu=3000, memory=3000, datastore="roomy")
    stores = (store("roomy", 800), store("tight", 230))
    disk = (NewDisk(size_mib=200),)
    answer = place(request(hosts, [busy], policy=POLICY, datastores=stores), [], [new(disks=disk)])
    assert placed(answer) == {"n": ("h1", ["roomy"])}
    assert answer.result.status is SolveStatus.OPTIMAL
    without = place(request(hosts, [busy], policy=POLICY, datastores=stores), [], [new()])
    assert placed(without)["n"][0] == "h2", "by itself that host is the better one"


def test_the_one_that_fits_nowhere_else_gets_the_place_that_both_would_like() -> None:
    hosts = [small_host("h1", datastores=("big",)), small_host("h2", datastores=("small",))]
    stores = (store("big", 1000), store("small", 300, capacity=400))
    vms = [
        new("a", memory_mib=6000, disks=(NewDisk(size_mib=200),)),
        new("b", memory_mib=6000, disks=(NewDisk(size_mib=900),)),
    ]
    answer = place(request(hosts, [], policy=POLICY, datastores=stores), [], vms)
    assert placed(answer) == {"a": ("h2", ["small"]), "b": ("h1", ["big"])}


def test_rules_between_new_and_existing_vms_and_their_datastores_hold_at_once() -> None:
    hosts = [small_host("h1", datastores=("s1",)), small_host("h2", datastores=("s1", "s2"))]
    rule = VmAntiAffinityRule(name="apart", vms=(ref("old"), ref("new:n")))
    stores = (store("s1", 100), store("s2", 900))
    old = make_vm("old", "h2", cpu=100, memory=100, datastore="s1")
    asked = request(hosts, [old], policy=POLICY, datastores=stores, vm_anti_affinity_rules=(rule,))
    answer = place(asked, [ref("old")], [new(disks=(NewDisk(size_mib=500),))])
    # Only h2 sees a datastore with space for it, so the old one has to go.
    assert placed(answer) == {"old": ("h1", ["s1"]), "n": ("h2", ["s2"])}


def test_disks_part_only_where_the_policy_lets_them() -> None:
    hosts = [small_host("h1", datastores=("s1", "s2"))]
    disks = (NewDisk(size_mib=300), NewDisk(size_mib=300))
    asked = request(hosts, [], policy=POLICY, datastores=(store("s1", 400), store("s2", 400)))
    answer = place(asked, [], [new(disks=disks)])
    assert answer.result.status is SolveStatus.INFEASIBLE
    assert answer.diagnosis is not None
    assert {one.constraint for one in answer.diagnosis.conflict.members} >= {"datastore_space", "keep_disks_together"}
    assert RelaxationKind.SPLIT_DISKS in {one.kind for one in answer.diagnosis.relaxations}
    parted = place(replace(asked, policy=replace(POLICY, keep_disks_together=False)), [], [new(disks=disks)])
    assert set(placed(parted)["n"][1]) == {"s1", "s2"}


def test_named_datastores_are_kept_and_the_other_disks_go_where_they_fit() -> None:
    hosts = [small_host("h1", datastores=("s1", "s2"))]
    disks = (NewDisk(size_mib=100, datastore=ref("s1")), NewDisk(size_mib=600))
    asked = request(hosts, [], policy=POLICY, datastores=(store("s1", 400), store("s2", 800)))
    assert placed(place(asked, [], [new(disks=disks)])) == {"n": ("h1", ["s1", "s2"])}
    full = place(asked, [], [new(disks=(NewDisk(size_mib=401, datastore=ref("s1")),))])
    assert full.diagnosis is not None
    assert {one.constraint for one in full.diagnosis.conflict.members} == {"datastore_named", "datastore_space"}
    (more,) = (one for one in full.diagnosis.relaxations if one.kind is RelaxationKind.MORE_CAPACITY)
    assert (more.amount, more.datastores) == (1, (ref("s1"),))


ROOMY = (store("s1", 60_000, 90_000), store("s2", 60_000, 90_000))  # the disk of a VM is 20 GiB


def test_a_vm_that_is_there_takes_its_disks_along_only_where_they_fit_and_that_pays() -> None:
    hosts = [small_host("h1", datastores=("s1",)), small_host("h2", datastores=("s2",))]
    vms = [make_vm(name, "h1", cpu=4800, memory=1000, datastore="s1") for name in ("a", "b")]
    policy = replace(POLICY, relocation=RelocationPolicy(copy_disks=True))
    asked = request(hosts, vms, policy=policy, datastores=ROOMY)
    (there,) = place(asked, [ref("a")], []).placed
    assert (there.host, set(there.datastores)) == (ref("h2"), {ref("s2")})
    full = replace(asked, inventory=replace(asked.inventory, datastores=(ROOMY[0], store("s2", 1, 90_000))))
    assert place(full, [ref("a")], []).placed[0].host == ref("h1")
    forbidden = replace(asked, policy=POLICY)
    assert place(forbidden, [ref("a")], []).placed[0].host == ref("h1")
