"""Emptying hosts: what has to leave leaves, nothing else moves without need; what cannot be is told with numbers."""

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.virtual_machine import PowerState, VmKind
from recommender.placement.result import Reason, SolveStatus
from recommender.placement.solve import solve
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import evacuation, places, reasons, small_host, violated


def test_only_what_stands_on_the_host_moves_when_there_is_room() -> None:
    # h2 is overloaded and h3 idle: balancing would move b too, an evacuation does not.
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [
        make_vm("a", "h1", memory=1000),
        make_vm("b", "h2", memory=4900, cpu=4900),
        make_vm("c", "h2", memory=4900, cpu=4900),
    ]
    result = solve(evacuation(hosts, vms, "h1"))
    assert places(result) == {"a": "h3"}
    assert reasons(result) == {"a": ("HOST_MAINTENANCE", 1)}
    assert result.remaining_violations == ()


def test_another_vm_makes_room_where_there_is_none() -> None:
    # a (7,000) fits nowhere; once b (4,000) has gone from h2 to h3 it fits h2.
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm("a", "h1", memory=7000), make_vm("b", "h2", memory=4000), make_vm("c", "h3", memory=5000)]
    result = solve(evacuation(hosts, vms, "h1"))
    assert result.remaining_violations == ()
    made_room = [move for move in result.moves if move.reason is Reason.MAKE_ROOM]
    assert len(made_room) == 1
    assert made_room[0].priority == 1
    assert reasons(result)["a"] == ("HOST_MAINTENANCE", 1)


def test_an_empty_host_needs_nothing() -> None:
    result = solve(evacuation([small_host("h1"), small_host("h2")], [make_vm("a", "h2", memory=9999)], "h1"))
    assert (result.status, result.moves) == (SolveStatus.NOTHING_TO_DO, ())


def test_what_does_not_run_is_moved_and_what_vcenter_moves_itself_stays() -> None:
    vms = [
        make_vm("off", "h1", power_state=PowerState.POWERED_OFF),
        make_vm("template", "h1", kind=VmKind.TEMPLATE, power_state=PowerState.POWERED_OFF),
        make_vm("vcls", "h1", memory=100, kind=VmKind.VCLS),
        make_vm("agent", "h1", memory=100, kind=VmKind.AGENT),
    ]
    result = solve(evacuation([small_host("h1"), small_host("h2")], vms, "h1"))
    assert places(result) == {"off": "h2", "template": "h2"}
    assert result.remaining_violations == ()


def test_too_little_memory_in_all_other_hosts_is_called_infeasible_with_numbers() -> None:
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [
        make_vm("a", "h1", memory=6000),
        make_vm("b", "h2", memory=6000),
        make_vm("c", "h3", memory=6000),
    ]
    result = solve(evacuation(hosts, vms, "h1"))
    assert result.status is SolveStatus.INFEASIBLE
    assert result.bound is None
    assert [left.vm for left in result.unplaceable] == [ref("a")]
    rejections = result.unplaceable[0].rejections
    assert violated(rejections) == {ref("h2"): "memory_capacity", ref("h3"): "memory_capacity"}
    assert "12,000 MiB, at most 10,000 MiB" in rejections[0].reason


def test_what_cannot_all_leave_together_is_called_infeasible_by_the_sum_alone() -> None:
    # Each fits alone; all four need 24,000 where 20,000 are free.
    hosts = [small_host("h1", memory=100_000), small_host("h2"), small_host("h3")]
    vms = [make_vm(name, "h1", memory=6000, cpu=0) for name in "abcd"]
    result = solve(evacuation(hosts, vms, "h1"))
    assert result.status is SolveStatus.INFEASIBLE
    assert len(result.moves) == 2
    assert len(result.unplaceable) == 2
    for left in result.unplaceable:
        assert {rejection.constraint for rejection in left.rejections} == {"memory_capacity"}


def test_a_vm_that_may_not_be_moved_makes_it_infeasible_and_the_others_still_leave() -> None:
    vms = [make_vm("held", "h1", memory=1000, relocate_disabled=True), make_vm("free", "h1", memory=1000)]
    result = solve(evacuation([small_host("h1"), small_host("h2")], vms, "h1"))
    assert result.status is SolveStatus.INFEASIBLE
    assert places(result) == {"free": "h2"}
    assert violated(result.unplaceable[0].rejections) == {ref("h2"): "movable_vm"}


def test_nothing_is_brought_to_a_host_that_is_emptied_as_well() -> None:
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm("a", "h1", memory=1000), make_vm("b", "h2", memory=1000)]
    assert places(solve(evacuation(hosts, vms, "h1", "h2"))) == {"a": "h3", "b": "h3"}


def test_a_rule_broken_elsewhere_neither_hinders_nor_is_mended() -> None:
    # b and c are to be separate and are not; a fits only where they are too many already, or h3.
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm("a", "h1", memory=2000), make_vm("b", "h2", memory=6000), make_vm("c", "h2", memory=6000)]
    apart = VmAntiAffinityRule(name="apart", vms=(ref("b"), ref("c")))
    result = solve(evacuation(hosts, vms, "h1", vm_anti_affinity_rules=(apart,)))
    assert places(result) == {"a": "h3"}
    assert result.remaining_violations == ()


def test_a_vm_whose_group_is_split_already_goes_where_there_is_room() -> None:
    # Beside b there is no room; the group was split before and stays split.
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm("a", "h1", memory=5000), make_vm("b", "h2", memory=6000)]
    together = VmAffinityRule(name="together", vms=(ref("a"), ref("b")))
    assert places(solve(evacuation(hosts, vms, "h1", vm_affinity_rules=(together,)))) == {"a": "h3"}


def test_a_group_that_is_together_leaves_together() -> None:
    hosts = [
        small_host("h1"),
        small_host("h2", memory=5000),
        small_host("h3", memory=8000),
        small_host("h4", memory=5000),
    ]
    vms = [make_vm("a", "h1", memory=4000), make_vm("b", "h1", memory=4000)]
    together = VmAffinityRule(name="together", vms=(ref("a"), ref("b")))
    assert places(solve(evacuation(hosts, vms, "h1", vm_affinity_rules=(together,)))) == {"a": "h3", "b": "h3"}


def test_a_vm_on_its_way_off_the_host_is_left_to_arrive() -> None:
    vms = [make_vm("a", "h1", memory=1000), make_vm("b", "h1", memory=1000)]
    flying = MigrationInFlight(vm=ref("b"), destination=ref("h2"))
    result = solve(evacuation([small_host("h1"), small_host("h2")], vms, "h1", in_flight=(flying,)))
    assert places(result) == {"a": "h2"}
    assert result.remaining_violations == ()
