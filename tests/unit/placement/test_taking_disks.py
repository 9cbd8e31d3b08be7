"""Hosts that do not mount a VM's datastores are offered, or refused, with a datastore of theirs: abroad as well."""

from dataclasses import replace
from typing import Any

from recommender.inventory.datastore import Datastore
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME
from recommender.placement.new_vm import NewDisk, NewVm
from recommender.placement.place import place
from recommender.placement.ranking import HostRanking, rank_hosts
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.policy import MoveScope, Policy
from recommender.relocation_policy import NetworkMapping, RelocationPolicy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host

HERE: dict[str, Any] = {"datacenter": "dc", "esxi_version": "8.0.3", "site": "campus"}


def abroad(name: str) -> EntityRef:
    return EntityRef("far", name)


def store(of: EntityRef, free_mib: int) -> Datastore:
    return Datastore(ref=of, name=of.moid, datacenter="dc", capacity_mib=100_000, free_mib=free_mib)


def question(*, copy_disks: bool = True, cpu: int = 9_000, **vm: Any) -> PlacementRequest:
    """``a`` and ``b`` fill h1; f1 and f2 belong to another vCenter, where ``net`` is called ``lan``."""
    foreign: dict[str, Any] = HERE | {"networks": (abroad("lan"),), "cluster": abroad("c9")}
    hosts = [
        small_host("h1", **HERE),
        replace(small_host("f1", ref=abroad("f1"), **foreign), datastores=(abroad("small"), abroad("big"))),
        replace(small_host("f2", ref=abroad("f2"), **foreign), datastores=(abroad("full"),)),
    ]
    values: dict[str, Any] = {"cpu": cpu, "memory": 1000, "home_datastore": ref("ds")} | vm
    relocation = RelocationPolicy(copy_disks=copy_disks, networks=(NetworkMapping(source="net", destination="lan"),))
    policy = Policy(
        move_scope=MoveScope.VCENTERS, relocation=relocation, cpu_reserve_percent=0, memory_reserve_percent=0
    )
    return request(
        hosts,
        [make_vm("a", "h1", **values), make_vm("b", "h1", cpu=900, memory=1000)],
        policy=policy,
        datastores=(
            store(ref("ds"), 50_000),
            store(abroad("small"), 30_000),
            store(abroad("big"), 40_000),
            store(abroad("full"), 6_000),
        ),
        networks=(
            Network(ref=ref("net"), name="net", datacenter="dc"),
            Network(ref=abroad("lan"), name="lan", datacenter="dc"),
        ),
    )


def ranked(asked: PlacementRequest) -> HostRanking:
    return rank_hosts(asked, asked.inventory.vm(ref("a")))


def test_a_host_of_another_vcenter_is_offered_with_the_datastore_that_has_most_space() -> None:
    ranking = ranked(question())
    (option,) = ranking.options
    assert option.host == abroad("f1")
    copied = {disk.disk_key: disk.destination for disk in option.move.disk_moves}
    assert copied == {HOME: abroad("big"), 2000: abroad("big")}
    assert [(one.source, one.destination) for one in option.move.network_moves] == [(ref("net"), abroad("lan"))]
    alone = rank_hosts(question(copy_disks=False), question().inventory.vm(ref("a")))
    assert option.estimate.sent_mib_p50 > 20_480, "the disks are part of what is sent"
    assert alone.options == ()


def test_a_pair_is_refused_with_what_speaks_against_its_datastore() -> None:
    (refusal,) = ranked(question()).refusals
    assert refusal.host == abroad("f2")
    assert [(one.constraint, one.datastore) for one in refusal.rejections] == [("datastore_space", abroad("full"))]


def test_without_copies_the_missing_datastores_refuse_it() -> None:
    refusals = ranked(question(copy_disks=False)).refusals
    assert {one.host for one in refusals} == {abroad("f1"), abroad("f2")}
    assert all("datastore_reachable" in {no.constraint for no in one.rejections} for one in refusals)


def test_a_vm_that_gains_by_it_is_placed_there_and_nothing_is_called_proven() -> None:
    answer = place(question(), [ref("a")], [])
    (placed,) = answer.placed
    assert (placed.host, placed.datastores) == (abroad("f1"), (abroad("big"),))
    assert (answer.result.status, answer.result.bound) == (SolveStatus.FEASIBLE, None)
    assert answer.result.objective.total < answer.result.starting_objective.total
    stays = place(question(cpu=1, memory=1), [ref("a")], [])
    assert (stays.placed[0].host, stays.result.moves) == (ref("h1"), ())


def test_what_holds_the_vm_holds_it_with_its_disks_too() -> None:
    refusals = ranked(question(relocate_disabled=True)).refusals
    assert {one.host for one in refusals} == {abroad("f1"), abroad("f2")}
    assert all("movable_vm" in {no.constraint for no in one.rejections} for one in refusals)


def test_a_new_vm_may_be_made_in_any_of_the_vcenters() -> None:
    disks = (NewDisk(size_mib=10, datastore=abroad("big")),)
    new = NewVm(name="n", vcpus=1, memory_mib=1000, cpu_demand_mhz=2000, networks=(abroad("lan"),), disks=disks)
    asked = question()
    old = replace(asked.inventory, hosts=tuple(replace(one, esxi_version="5.5.0") for one in asked.inventory.hosts))
    answer = place(replace(asked, inventory=old), [], [new])
    assert answer.placed[0].host in (abroad("f1"), abroad("f2")), "it migrates nowhere: its host's age is no matter"
