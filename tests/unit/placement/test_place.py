"""Placing new and existing VMs, everything else where it is."""

from typing import Any

import pytest

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.placement.new_vm import NewDisk, NewVm
from recommender.placement.place import PlaceAnswer, place
from recommender.placement.result import Reason, SolveStatus
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import CLUSTER, request, small_host

STORES = tuple(
    Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=1000, free_mib=free)
    for name, free in (("ds", 300), ("ds2", 500))
)


def new(name: str = "n", **changes: Any) -> NewVm:
    values: dict[str, Any] = {"name": name, "vcpus": 1, "memory_mib": 1000, "cpu_demand_mhz": 1000}
    return NewVm(**(values | changes))


def placed(answer: PlaceAnswer) -> dict[str, tuple[str | None, list[str | None]]]:
    return {
        one.vm.moid.removeprefix("new:"): (
            one.host.moid if one.host else None,
            [store.moid if store else None for store in one.datastores],
        )
        for one in answer.placed
    }


def test_a_new_vm_goes_where_there_is_most_room_and_nothing_else_moves() -> None:
    vms = [make_vm(f"vm-{number}", "h1", cpu=2000, memory=1000) for number in range(4)]
    answer = place(request([small_host("h1"), small_host("h2")], vms), [], [new()])
    assert placed(answer) == {"n": ("h2", [])}
    assert answer.result.status is SolveStatus.OPTIMAL
    (move,) = answer.result.moves
    assert (move.reason, move.vm) == (Reason.POWER_ON, ref("new:n"))
    assert dict(answer.result.objective.terms)["migration_cost"] == 0


def test_new_vms_share_what_room_there_is() -> None:
    hosts = [small_host("h1"), small_host("h2")]
    answer = place(request(hosts, []), [], [new("a", memory_mib=6000), new("b", memory_mib=6000)])
    assert {host for host, _ in placed(answer).values()} == {"h1", "h2"}


def test_an_existing_vm_moves_only_if_that_pays() -> None:
    hosts = [small_host("h1"), small_host("h2")]
    vms = [make_vm("a", "h1", cpu=4000, memory=1000), make_vm("b", "h1", cpu=4000, memory=1000)]
    asked = request(hosts, vms)
    assert placed(place(asked, [ref("a")], []))["a"][0] == "h2"
    alone = request(hosts, vms[:1])
    assert placed(place(alone, [ref("a")], []))["a"][0] == "h1"


def test_disks_go_to_the_datastore_with_most_space_that_a_host_with_room_sees() -> None:
    hosts = [small_host("h1", datastores=("ds",)), small_host("h2", datastores=("ds2",))]
    full = [make_vm("full", "h2", cpu=100, memory=9500, datastore="ds2")]
    disks = (NewDisk(size_mib=100), NewDisk(size_mib=100))
    assert placed(place(request(hosts, [], datastores=STORES), [], [new(disks=disks)])) == {"n": ("h2", ["ds2", "ds2"])}
    answer = place(request(hosts, full, datastores=STORES), [], [new(disks=disks)])
    assert placed(answer) == {"n": ("h1", ["ds", "ds"])}
    fixed = new(disks=(NewDisk(size_mib=1, datastore=ref("ds")),))
    assert placed(place(request(hosts, [], datastores=STORES), [], [fixed])) == {"n": ("h1", ["ds"])}


def test_two_new_vms_do_not_take_the_same_space_twice() -> None:
    hosts = [small_host("h1", datastores=("ds", "ds2"))]
    vms = [new(name, disks=(NewDisk(size_mib=240),)) for name in "ab"]
    assert {stores[0] for _, stores in placed(place(request(hosts, [], datastores=STORES), [], vms)).values()} == {
        "ds",
        "ds2",
    }


def test_only_the_hosts_that_it_may_run_on_are_offered() -> None:
    vms = [make_vm("busy", "h1", cpu=5000, memory=1000)]
    answer = place(request([small_host("h1"), small_host("h2")], vms), [], [new(hosts=(ref("h1"),))])
    assert placed(answer)["n"][0] == "h1"


def test_what_finds_no_host_says_why_and_what_would_be_enough() -> None:
    answer = place(request([small_host("h1"), small_host("h2")], []), [], [new(memory_mib=12_000), new("b")])
    assert placed(answer)["n"] == (None, [])
    assert placed(answer)["b"][0] is not None
    assert answer.result.status is SolveStatus.INFEASIBLE
    assert answer.diagnosis is not None
    assert {one.constraint for one in answer.diagnosis.conflict.members} == {"memory_capacity"}
    assert answer.diagnosis.relaxations[0].amount == 2000


def test_a_disk_without_space_anywhere_is_not_placed_anywhere() -> None:
    hosts = [small_host("h1", datastores=("ds", "ds2"))]
    for disk in (NewDisk(size_mib=460), NewDisk(size_mib=260, datastore=ref("ds"))):  # 5 % of each stay free
        answer = place(request(hosts, [], datastores=STORES), [], [new(disks=(disk,))])
        assert placed(answer) == {"n": (None, [None])}
        assert answer.result.status is SolveStatus.INFEASIBLE
        (rejection,) = answer.result.unplaceable[0].rejections
        assert rejection.constraint == "datastore_reachable"
        assert f"{disk.size_mib} MiB more free space" in rejection.reason


@pytest.mark.parametrize(("reservation", "fits"), [(4000, True), (6000, False)])
def test_ha_keeps_its_reserve_from_all_new_vms_together(reservation: int, fits: bool) -> None:
    control = AdmissionControl(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, memory_percent=50)
    cluster = Cluster(ref=CLUSTER, name="c1", datacenter="dc", ha_enabled=True, admission_control=control)
    vms = [new(name, memory_mib=6000, memory_reservation_mib=reservation) for name in "ab"]
    answer = place(request([small_host("h1"), small_host("h2")], [], clusters=(cluster,)), [], vms)
    assert bool(answer.result.remaining_violations) is not fits
    if not fits:
        assert "failover_capacity" in {broken.constraint for broken in answer.result.remaining_violations}
