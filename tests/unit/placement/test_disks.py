"""Datastores below their threshold, and datastores emptied: what is copied whereto, and what goes along."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.measured import Measured
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, Disk, PowerState, VirtualMachine, VmKind
from recommender.objectives.space_use import used_mib
from recommender.placement.answer import inventory_after
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import Move, PlacementResult, Reason, SolveStatus
from recommender.placement.solve import solve
from recommender.policy import ObjectiveWeights, Policy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import QUICK, request, small_host

GIB = 1024
POLICY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, datastore_growth_percent=0)


def store(name: str, capacity: int, used: int) -> Datastore:
    """Sizes in GiB."""
    return Datastore(
        ref=ref(name), name=name, datacenter="dc", capacity_mib=capacity * GIB, free_mib=(capacity - used) * GIB
    )


def vm(name: str, on: str, *disks: tuple[str, int], home: str | None = None, **changes: Any) -> VirtualMachine:
    """Disks by datastore and GiB; the home lies beside the first."""
    place = home or disks[0][0]
    values: dict[str, Any] = {
        "disks": tuple(
            Disk(key=2000 + number, datastore=ref(datastore), size_mib=gib * GIB)
            for number, (datastore, gib) in enumerate(disks)
        ),
        "home_datastore": ref(place),
        "datastores": tuple(sorted({ref(place), *(ref(datastore) for datastore, _ in disks)})),
    }
    return make_vm(name, on, cpu=500, memory=1000, **(values | changes))


def emptied(
    hosts: Sequence[Host],
    vms: Sequence[VirtualMachine],
    stores: Sequence[Datastore],
    *names: str,
    policy: Policy = POLICY,
    **changes: Any,
) -> PlacementRequest:
    return request(hosts, vms, goal=Goal.EVACUATE, evacuate=names, policy=policy, datastores=tuple(stores), **changes)


def targets(move: Move) -> dict[int, str]:
    return {disk.disk_key: disk.destination.moid for disk in move.disk_moves}


def by_vm(result: PlacementResult) -> dict[str, tuple[str, dict[int, str]]]:
    return {move.vm.moid: (move.destination.moid, targets(move)) for move in result.moves}


def test_a_datastore_is_emptied_to_where_there_is_room() -> None:
    hosts = [small_host("h1", datastores=("old", "full", "roomy"))]
    stores = [store("old", 100, 50), store("full", 100, 90), store("roomy", 100, 10)]
    result = solve(emptied(hosts, [vm("a", "h1", ("old", 30)), vm("b", "h1", ("old", 20))], stores, "old"))
    everything = {HOME: "roomy", 2000: "roomy"}
    assert by_vm(result) == {"a": ("h1", everything), "b": ("h1", everything)}
    assert {(move.reason.value, move.priority) for move in result.moves} == {("datastoreMaint", 1)}
    assert result.status is SolveStatus.OPTIMAL
    assert result.remaining_violations == ()


def test_only_what_is_there_is_copied_and_a_home_goes_by_itself() -> None:
    hosts = [small_host("h1", datastores=("old", "new"))]
    stores = [store("old", 100, 50), store("new", 100, 50)]
    machines = [vm("disk", "h1", ("new", 10), ("old", 20)), vm("home", "h1", ("new", 10), home="old")]
    result = solve(emptied(hosts, machines, stores, "old"))
    assert by_vm(result) == {"disk": ("h1", {2001: "new"}), "home": ("h1", {HOME: "new"})}


def test_a_vm_on_a_local_datastore_moves_with_its_disks() -> None:
    hosts = [small_host("h1", datastores=("local",)), small_host("h2", datastores=("shared",))]
    stores = [store("local", 100, 50), store("shared", 100, 10)]
    result = solve(emptied(hosts, [vm("a", "h1", ("local", 30))], stores, "local"))
    assert by_vm(result) == {"a": ("h2", {HOME: "shared", 2000: "shared"})}
    assert result.moves[0].estimate.kind.value == "combined"
    assert result.moves[0].estimate.duration_p50_s > 30 * GIB / 1200  # over the vMotion network


def test_the_host_it_would_go_to_has_its_limits() -> None:
    hosts = [small_host("h1", datastores=("local",)), small_host("h2", memory=1500, datastores=("shared",))]
    stores = [store("local", 100, 50), store("shared", 100, 10)]
    machines = [vm("a", "h1", ("local", 30)), vm("there", "h2", ("shared", 1))]
    result = solve(emptied(hosts, machines, stores, "local"))
    assert result.moves == ()
    assert result.status in (SolveStatus.INFEASIBLE, SolveStatus.OUT_OF_TIME)
    assert [found.constraint for found in result.remaining_violations] == ["evacuated_datastore"]


def test_what_has_no_room_at_home_may_leave_its_host() -> None:
    hosts = [small_host("h1", datastores=("old", "tight")), small_host("h2", datastores=("wide",))]
    stores = [store("old", 100, 60), store("tight", 50, 10), store("wide", 200, 10)]
    machines = [vm("a", "h1", ("old", 30)), vm("b", "h1", ("old", 30))]
    result = solve(emptied(hosts, machines, stores, "old"))
    assert result.remaining_violations == ()
    assert len(result.moves) == 2
    assert "h2" in {move.destination.moid for move in result.moves}


def test_nowhere_to_go_is_proven_and_told_with_numbers() -> None:
    hosts = [small_host("h1", datastores=("old", "full"))]
    stores = [store("old", 100, 50), store("full", 100, 90)]
    result = solve(emptied(hosts, [vm("a", "h1", ("old", 30))], stores, "old"))
    assert (result.status, result.moves, result.bound) == (SolveStatus.INFEASIBLE, (), None)
    (unplaceable,) = result.unplaceable
    (rejection,) = unplaceable.rejections
    assert (rejection.constraint, rejection.datastore) == ("datastore_space", ref("full"))
    assert "30,720 MiB of 1 VMs would be copied" in rejection.reason


def test_as_much_leaves_as_can() -> None:
    hosts = [small_host("h1", datastores=("old", "new"))]
    stores = [store("old", 100, 60), store("new", 100, 50)]
    machines = [vm("a", "h1", ("old", 30)), vm("b", "h1", ("old", 30))]
    result = solve(emptied(hosts, machines, stores, "old"))
    assert len(result.moves) == 1
    assert result.status is SolveStatus.INFEASIBLE


@pytest.mark.parametrize(
    ("changes", "moves"),
    [
        ({"power_state": PowerState.POWERED_OFF}, 1),
        ({"power_state": PowerState.POWERED_OFF, "kind": VmKind.TEMPLATE}, 1),
        ({"kind": VmKind.VCLS}, 0),
        ({"relocate_disabled": True}, 0),
        ({"tags": ("pinned",)}, 0),
    ],
)
def test_who_leaves(changes: Mapping[str, Any], moves: int) -> None:
    hosts = [small_host("h1", datastores=("old", "new"))]
    stores = [store("old", 100, 50), store("new", 100, 10)]
    policy = replace(POLICY, excluded_tags=("pinned",))
    asked = emptied(hosts, [vm("a", "h1", ("old", 30), **changes)], stores, "old", policy=policy)
    assert len(solve(asked).moves) == moves


def threshold(
    machines: Sequence[VirtualMachine], stores: Sequence[Datastore], policy: Policy = POLICY
) -> PlacementRequest:
    hosts = [small_host("h1", memory=100_000, datastores=tuple(one.ref.moid for one in stores))]
    return request(hosts, machines, goal=Goal.DATASTORES, policy=policy, datastores=tuple(stores))


def shares(asked: PlacementRequest, result: PlacementResult) -> dict[EntityRef, float]:
    end = inventory_after(asked.inventory, result.moves)
    used = used_mib(asked.inventory, end)
    return {one.ref: used[one.ref] / one.capacity_mib for one in asked.inventory.datastores}


def test_datastores_come_below_their_threshold_by_few_copies() -> None:
    machines = [vm(f"v{number}", "h1", ("full", gib)) for number, gib in enumerate((40, 200, 60, 300))]
    asked = threshold(machines, [store("full", 1000, 830), store("a", 1000, 300), store("b", 1000, 500)])
    result = solve(asked)
    assert by_vm(result) == {"v0": ("h1", {HOME: "a", 2000: "a"})}
    assert result.moves[0].reason.value == "balanceDatastoreSpaceUsage"
    assert max(shares(asked, result).values()) <= 0.8
    assert result.bound is not None
    assert result.bound <= result.objective.total


def test_below_the_threshold_there_is_nothing_to_do_again() -> None:
    machines = [vm(f"v{number}", "h1", ("full", gib)) for number, gib in enumerate((40, 200, 60, 300))]
    stores = [store("full", 1000, 830), store("a", 1000, 300)]
    asked = threshold(machines, stores)
    end = inventory_after(asked.inventory, solve(asked).moves)
    again = solve(replace(asked, inventory=end))
    assert (again.status, again.moves) == (SolveStatus.NOTHING_TO_DO, ())


def test_the_policy_limits_how_many_vms_move() -> None:
    machines = [vm(f"v{number}", "h1", ("full", 30)) for number in range(4)]
    asked = threshold(machines, [store("full", 1000, 900), store("a", 1000, 100)], replace(POLICY, max_moves=1))
    assert len(solve(asked).moves) == 1
    assert len(solve(replace(asked, policy=POLICY)).moves) == 4


def test_disks_that_share_a_datastore_stay_together_unless_the_policy_says_otherwise() -> None:
    machines = [vm("a", "h1", ("full", 100), ("full", 40))]
    only_overload = replace(POLICY, weights=ObjectiveWeights(datastore_balance=0.0))
    asked = threshold(machines, [store("full", 1000, 830), store("new", 1000, 100)], only_overload)
    together = solve(asked)
    assert by_vm(together) == {"a": ("h1", {HOME: "new", 2000: "new", 2001: "new"})}
    alone = solve(replace(asked, policy=replace(only_overload, keep_disks_together=False)))
    assert by_vm(alone) == {"a": ("h1", {2001: "new"})}


def test_the_objective_is_what_its_terms_say_and_the_same_question_has_the_same_answer() -> None:
    machines = [vm(f"v{number}", "h1", ("full", 30 + number)) for number in range(6)]
    asked = threshold(machines, [store("full", 1000, 900), store("a", 1000, 100), store("b", 500, 100)])
    result = solve(asked)
    assert result.objective.total < result.starting_objective.total
    assert dict(result.objective.terms)["datastore_overload"] == pytest.approx(0.0)
    assert solve(replace(asked, limits=QUICK)) == result


def test_a_slow_datastore_is_relieved_though_it_is_not_full() -> None:
    def named(ms: float) -> list[Datastore]:
        slow = DatastoreLoad(latency_ms=Measured(newest=ms, p95=ms, window_s=300))
        return [replace(store("full", 1000, 400), load=slow), store("new", 1000, 400)]

    machines = [vm("a", "h1", ("full", 100))]
    asked = threshold(machines, named(30.0), replace(POLICY, weights=ObjectiveWeights(datastore_balance=0.0)))
    result = solve(asked)
    assert [move.reason for move in result.moves] == [Reason.DATASTORE_LATENCY]
    quick = threshold(machines, named(14.0), asked.policy)
    assert solve(quick).status is SolveStatus.NOTHING_TO_DO
