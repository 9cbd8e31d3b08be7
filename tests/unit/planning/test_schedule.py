"""Moves start as early as rules and units allow, and never earlier."""

from dataclasses import replace

import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move, planned, step_of, timeline

BIG = 60_000  # of 102,400 MiB: two of these never share a host


def two_full_hosts(*spare: str) -> Inventory:
    hosts = [make_host(name) for name in ("a", "b", *spare)]
    return make_inventory(hosts, [make_vm("x", "a", memory=BIG), make_vm("y", "b", memory=BIG)])


def test_nothing_to_move_is_an_empty_plan() -> None:
    plan = planned(two_full_hosts(), [])
    assert (plan.steps, plan.blocked, plan.makespan_s, plan.makespan_lower_bound_s) == ((), (), 0.0, 0.0)


def test_one_leaves_before_another_comes_and_the_plan_says_that_it_depends_on_it() -> None:
    inventory = two_full_hosts("c")
    plan = planned(inventory, [move(inventory, "x", "b"), move(inventory, "y", "c", seconds=7.0)])
    assert timeline(plan) == {"y": (0.0, 7.0), "x": (7.0, 17.0)}
    assert step_of(plan, "x").depends_on == (step_of(plan, "y").number,)
    assert step_of(plan, "y").depends_on == ()
    assert (plan.makespan_s, plan.makespan_p95_s) == (17.0, 34.0)
    assert plan.makespan_lower_bound_s == pytest.approx(17.0)


def test_a_chain_of_three_runs_from_its_end() -> None:
    hosts = [make_host(name) for name in "abcd"]
    inventory = make_inventory(hosts, [make_vm(f"v{name}", name, memory=BIG) for name in "abc"])
    plan = planned(inventory, [move(inventory, vm, to) for vm, to in (("va", "b"), ("vb", "c"), ("vc", "d"))])
    assert timeline(plan) == {"vc": (0.0, 10.0), "vb": (10.0, 20.0), "va": (20.0, 30.0)}
    assert [step.depends_on for step in plan.steps] == [(), (1,), (2,)]
    assert plan.makespan_lower_bound_s == pytest.approx(30.0)


def test_where_either_of_two_makes_enough_room_neither_is_necessary() -> None:
    """Both have left before a unit is free for the one that comes."""
    hosts = [make_host(name) for name in "abc"]
    vms = [make_vm("x", "a", memory=50_000), *(make_vm(f"y{n}", "b", memory=51_200) for n in (1, 2))]
    inventory = make_inventory(hosts, vms)
    moves = [move(inventory, "y1", "c"), move(inventory, "y2", "c"), move(inventory, "x", "b", seconds=1.0)]
    limits = replace(POLICY.limits, host_units=2)
    plan = planned(inventory, moves, replace(POLICY, limits=limits))
    assert timeline(plan)["x"] == (10.0, 11.0)
    assert step_of(plan, "x").depends_on == ()


def test_two_that_change_places_go_over_a_spare_host() -> None:
    inventory = two_full_hosts("c")
    plan = planned(inventory, [move(inventory, "x", "b"), move(inventory, "y", "a")])
    assert plan.blocked == ()
    assert len(plan.steps) == 3
    hopping = plan.steps[0].move.vm
    first, second = [step for step in plan.steps if step.move.vm == hopping]
    assert first.move.destination == second.move.source == ref("c")
    assert first.number in second.depends_on
    # The hop has a prediction of its own, not that of the move it is part of.
    assert first.move.estimate.rounds
    assert second.move.estimate.rounds


def test_two_that_change_places_without_a_spare_host_are_blocked_together_with_numbers() -> None:
    inventory = two_full_hosts()
    plan = planned(inventory, [move(inventory, "x", "b"), move(inventory, "y", "a")])
    assert plan.steps == ()
    (blocked,) = plan.blocked
    assert {each.vm for each in blocked.moves} == {ref("x"), ref("y")}
    assert "120,000 MiB, at most 102,400 MiB" in blocked.reason
    assert "wait for each other" in blocked.reason


def test_a_host_that_is_being_evacuated_is_no_intermediate_host() -> None:
    inventory = two_full_hosts("c")
    moves = [move(inventory, "x", "b"), move(inventory, "y", "a")]
    assert planned(inventory, moves, evacuate=(ref("c"),)).steps == ()


def test_a_hop_is_made_early_when_other_moves_take_long() -> None:
    inventory = two_full_hosts("c", "d", "e")
    slow = make_vm("slow", "d", memory=1024)
    inventory = make_inventory(inventory.hosts, [*inventory.virtual_machines, slow])
    moves = [move(inventory, "slow", "e", seconds=500.0), move(inventory, "x", "b"), move(inventory, "y", "a")]
    plan = planned(inventory, moves)
    assert plan.blocked == ()
    assert plan.makespan_s == pytest.approx(500.0)


def test_separated_vms_that_change_places_never_meet() -> None:
    """There is room for all; only the rule keeps them apart on their way."""
    rule = VmAntiAffinityRule(name="apart", vms=(ref("x"), ref("y")))
    vms = [make_vm("x", "a"), make_vm("y", "b")]
    with_spare = make_inventory([make_host(n) for n in "abc"], vms, vm_anti_affinity_rules=(rule,))
    without = make_inventory([make_host(n) for n in "ab"], vms, vm_anti_affinity_rules=(rule,))
    plan = planned(with_spare, [move(with_spare, "x", "b"), move(with_spare, "y", "a")])
    assert [len(plan.steps), plan.steps[1].depends_on, plan.steps[2].depends_on] == [3, (1,), (1, 2)]
    (blocked,) = planned(without, [move(without, "x", "b"), move(without, "y", "a")]).blocked
    assert "2 of 2 VMs to be separated are on one host" in blocked.reason


def test_one_of_a_separated_pair_follows_when_the_other_has_left() -> None:
    rule = VmAntiAffinityRule(name="apart", vms=(ref("x"), ref("y")))
    hosts = [make_host(name) for name in "abc"]
    inventory = make_inventory(hosts, [make_vm("x", "a"), make_vm("y", "b")], vm_anti_affinity_rules=(rule,))
    plan = planned(inventory, [move(inventory, "x", "b"), move(inventory, "y", "c")])
    assert timeline(plan) == {"y": (0.0, 10.0), "x": (10.0, 20.0)}
    assert step_of(plan, "x").depends_on == (1,)


def test_vms_to_be_kept_together_are_apart_only_on_their_way() -> None:
    rule = VmAffinityRule(name="pair", vms=(ref("x"), ref("y")))
    hosts = [make_host("a"), make_host("b")]
    inventory = make_inventory(hosts, [make_vm("x", "a"), make_vm("y", "a")], vm_affinity_rules=(rule,))
    plan = planned(inventory, [move(inventory, "x", "b"), move(inventory, "y", "b", seconds=30.0)])
    assert timeline(plan) == {"x": (0.0, 10.0), "y": (0.0, 30.0)}


def test_when_one_of_a_group_is_blocked_the_others_stay_with_it() -> None:
    rule = VmAffinityRule(name="pair", vms=(ref("x"), ref("held")))
    vms = [make_vm("x", "a"), make_vm("held", "a", relocate_disabled=True), make_vm("free", "a")]
    inventory = make_inventory([make_host("a"), make_host("b")], vms, vm_affinity_rules=(rule,))
    plan = planned(inventory, [move(inventory, vm, "b") for vm in ("x", "held", "free")])
    assert list(timeline(plan)) == ["free"]
    reasons = {each.vm.moid: group.reason for group in plan.blocked for each in group.moves}
    assert "vCenter has disabled its relocation" in reasons["held"]
    assert "'pair'" in reasons["x"]


def test_a_missing_fact_blocks_and_says_so() -> None:
    vms = [make_vm("x", "a"), make_vm("puzzle", "b", cpu=None)]
    inventory = make_inventory([make_host("a"), make_host("b")], vms)
    (blocked,) = planned(inventory, [move(inventory, "x", "b")]).blocked
    assert "unknown: CPU demand of 1 of 2 VMs" in blocked.reason


def test_room_held_by_migrations_of_others_is_not_given_away() -> None:
    vms = [make_vm("x", "a", memory=BIG), make_vm("other", "c", memory=BIG)]
    flight = MigrationInFlight(vm=ref("other"), destination=ref("b"))
    inventory = make_inventory([make_host(name) for name in "abc"], vms, in_flight=(flight,))
    plan = planned(inventory, [move(inventory, "x", "b")])
    assert plan.steps == ()
    assert "memory demand of 2 VMs" in plan.blocked[0].reason


def test_a_vm_that_somebody_else_migrates_is_left_alone() -> None:
    flight = MigrationInFlight(vm=ref("x"), destination=ref("b"))
    inventory = make_inventory([make_host(name) for name in "abc"], [make_vm("x", "a")], in_flight=(flight,))
    (blocked,) = planned(inventory, [move(inventory, "x", "c")]).blocked
    assert "another migration of it is under way" in blocked.reason


def test_a_move_from_where_the_vm_is_not_is_blocked() -> None:
    inventory = two_full_hosts("c")
    lost = replace(move(inventory, "x", "c"), source=ref("b"))
    (blocked,) = planned(inventory, [lost]).blocked
    assert blocked.reason == "x is on a, not on b"


def test_mandatory_moves_come_first() -> None:
    hosts = [make_host("a"), make_host("b")]
    inventory = make_inventory(hosts, [make_vm(f"v{n}", "a") for n in range(9)])
    moves = [move(inventory, f"v{n}", "b", seconds=20.0) for n in range(8)]
    plan = planned(inventory, [*moves, move(inventory, "v8", "b", seconds=5.0, priority=1)])
    assert plan.steps[0].move.vm == ref("v8")


def test_the_order_of_the_question_does_not_matter() -> None:
    hosts = [make_host(name) for name in "abc"]
    inventory = make_inventory(hosts, [make_vm(f"v{n}", "ab"[n % 2], memory=9000) for n in range(10)])
    moves = [move(inventory, f"v{n}", "c", seconds=5.0 + n % 3) for n in range(10)]
    assert planned(inventory, moves) == planned(inventory, moves[::-1])
