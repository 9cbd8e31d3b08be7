"""The replay tells everything that is wrong with a plan."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move
from recommender.planning.plan import Blocked, Plan, PlanStep
from recommender.planning.replay.replay import replay
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, findings, move, planned, step_of, with_step

BIG = 60_000


def full_host_b() -> Inventory:
    hosts = [make_host(name) for name in "abc"]
    return make_inventory(hosts, [make_vm("x", "a", memory=BIG), make_vm("y", "b", memory=BIG)])


def good_plan(inventory: Inventory) -> Plan:
    """``y`` leaves ``b`` (0 to 10 s), then ``x`` comes (10 to 20 s)."""
    return planned(inventory, [move(inventory, "x", "b"), move(inventory, "y", "c")])


def steps_of(*moves: Move, seconds: float = 10.0) -> Plan:
    """All at once, without any thought."""
    steps = tuple(PlanStep(number=n, move=each, start_s=0.0, end_s=seconds) for n, each in enumerate(moves, start=1))
    return Plan(steps=steps, makespan_s=seconds, makespan_p95_s=seconds, makespan_lower_bound_s=0.0)


def test_a_finding_reads_as_a_sentence_with_step_and_time() -> None:
    inventory = full_host_b()
    plan = steps_of(move(inventory, "x", "b"))
    assert findings(inventory, plan) == [
        "step 1 at 0.0 s: its start breaks memory_capacity at host b: memory demand of 2 VMs: 120,000 MiB, "
        "at most 102,400 MiB (100 % of 102,400 MiB)",
    ]


def test_a_step_that_starts_before_room_is_free_is_found() -> None:
    inventory = full_host_b()
    plan = good_plan(inventory)
    early = replace(step_of(plan, "x"), start_s=9.0)
    found = findings(inventory, with_step(plan, early))
    assert any("starts before step 1, on which it depends, has ended" in each for each in found)
    assert any("its start breaks memory_capacity at host b" in each for each in found)


def test_a_dependency_that_was_dropped_is_found() -> None:
    inventory = full_host_b()
    plan = good_plan(inventory)
    (found,) = findings(inventory, with_step(plan, replace(step_of(plan, "x"), depends_on=())))
    assert found == ("step 2 at 10.0 s: without step 1 it would break memory_capacity, but does not depend on it")


def test_a_second_leg_that_does_not_depend_on_the_first_is_found() -> None:
    inventory = make_inventory([make_host(name) for name in "ab"], [make_vm("x", "a"), make_vm("y", "b")])
    there, back = move(inventory, "x", "b"), replace(move(inventory, "x", "a"), source=ref("b"))
    steps = (
        PlanStep(number=1, move=there, start_s=0.0, end_s=10.0),
        PlanStep(number=2, move=back, start_s=10.0, end_s=20.0),
    )
    plan = Plan(steps=steps, makespan_s=20.0, makespan_p95_s=20.0, makespan_lower_bound_s=0.0)
    assert findings(inventory, plan) == ["step 2 at 10.0 s: it moves the VM of step 1 on, but does not depend on it"]


def test_too_many_at_once_are_found() -> None:
    hosts = [make_host("a"), make_host("b")]
    inventory = make_inventory(hosts, [make_vm(f"v{n}", "a", memory=100, cpu=10) for n in range(9)])
    found = findings(inventory, steps_of(*(move(inventory, f"v{n}", "b") for n in range(9))))
    assert found[0] == "step 9 at 0.0 s: 9 units of host a are held at a time, it has 8"
    assert any("vMotion network of host b" in each for each in found)


def test_ends_come_before_starts_of_the_same_moment_even_after_rounding() -> None:
    inventory = full_host_b()
    plan = good_plan(inventory)
    barely = replace(step_of(plan, "x"), start_s=10.0 - 1e-9)
    assert findings(inventory, with_step(plan, barely)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source": ref("c")}, "its VM is on host b, not on c"),
        ({"vm": ref("nobody")}, "VM vc/nobody is not in the inventory"),
        ({"destination": ref("nowhere")}, "its destination vc/nowhere is not in the inventory"),
    ],
)
def test_a_step_that_cannot_start_at_all_is_found(changes: dict[str, Any], told: str) -> None:
    inventory = full_host_b()
    plan = good_plan(inventory)
    first = plan.steps[0]
    found = findings(inventory, with_step(plan, replace(first, move=replace(first.move, **changes))))
    assert f"step 1 at 0.0 s: {told}" in found


def test_two_migrations_of_one_vm_at_once_are_found() -> None:
    inventory = full_host_b()
    plan = steps_of(move(inventory, "x", "c"), move(inventory, "x", "c"))
    assert "step 2 at 0.0 s: its VM is in another migration" in findings(inventory, plan)


def test_a_disk_that_is_elsewhere_is_found() -> None:
    hosts = [make_host(name, datastores=("ds", "new")) for name in "ab"]
    inventory = make_inventory(hosts, [make_vm("x", "a")])
    good = move(inventory, "x", "b", datastore="new")
    wrong = replace(good, disk_moves=(replace(good.disk_moves[0], source=ref("new")),))
    assert findings(inventory, steps_of(good)) == []
    assert any("disk 2000 of its VM is not on the datastore" in each for each in findings(inventory, steps_of(wrong)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"makespan_s": 21.0}, "its makespan is told as 21.0 s, its last step ends at 20.0 s"),
        ({"makespan_p95_s": 19.0}, "its makespan at p95 (19.0 s) is shorter than the median one"),
        ({"makespan_lower_bound_s": 20.5}, "its lower bound (20.5 s) is above its makespan"),
    ],
)
def test_wrong_totals_are_found(changes: dict[str, Any], told: str) -> None:
    inventory = full_host_b()
    assert f"the plan at 20.0 s: {told}" in findings(inventory, replace(good_plan(inventory), **changes))


def test_wrong_numbers_order_and_durations_are_found() -> None:
    inventory = full_host_b()
    plan = good_plan(inventory)
    first, second = plan.steps
    swapped = replace(plan, steps=(second, first))
    assert any("it starts before the step in front of it" in each for each in findings(inventory, swapped))
    assert any("numbers run from 1" in each for each in findings(inventory, swapped))
    hasty = with_step(plan, replace(second, end_s=second.start_s + 1.0))
    assert any("it lasts 1.0 s, but alone takes 10.0 s" in each for each in findings(inventory, hasty))


def test_a_rule_for_the_end_is_asked_for_at_the_end_only() -> None:
    rule = VmAffinityRule(name="pair", vms=(ref("x"), ref("y")))
    hosts = [make_host("a"), make_host("b")]
    inventory = make_inventory(hosts, [make_vm("x", "a"), make_vm("y", "a")], vm_affinity_rules=(rule,))
    both = steps_of(move(inventory, "x", "b"), move(inventory, "y", "b"))
    assert findings(inventory, both) == []
    (found,) = findings(inventory, steps_of(move(inventory, "x", "b")))
    assert found == "the plan at 10.0 s: its end breaks vm_affinity (pair): 2 VMs to be kept together are on 2 hosts"


def test_what_was_broken_before_may_stay_broken_but_not_get_worse() -> None:
    rule = VmAffinityRule(name="pair", vms=(ref("x"), ref("y")))
    hosts = [make_host(name, memory_mib=memory) for name, memory in (("a", 1000), ("b", 9000), ("c", 9000))]
    vms = [make_vm(name, on, memory=600) for name, on in (("x", "a"), ("y", "b"), ("p", "a"), ("q", "a"), ("r", "b"))]
    inventory = make_inventory(hosts, vms, vm_affinity_rules=(rule,))
    assert findings(inventory, steps_of(move(inventory, "x", "c"))) == []
    found = findings(inventory, steps_of(move(inventory, "r", "a")))
    assert any("step 1 at 0.0 s: its start breaks memory_capacity at host a" in each for each in found)


def test_what_is_broken_among_vms_that_do_not_move_is_nobodys_fault() -> None:
    vms = [make_vm("x", "a", memory=BIG), make_vm("y", "a", memory=BIG), make_vm("z", "b")]
    inventory = make_inventory([make_host(name) for name in "abc"], vms)
    assert findings(inventory, steps_of(move(inventory, "z", "c"))) == []


def test_each_move_asked_for_is_made_or_blocked_exactly_once() -> None:
    inventory = full_host_b()
    constraints = constraints_for(POLICY)
    plan = good_plan(inventory)
    moves = [step.move for step in plan.steps]
    blocked = (Blocked(moves=(moves[0],), reason="whim"),)

    def told(plan: Plan, moves: list[Move]) -> str:
        return " / ".join(str(finding) for finding in replay(inventory, constraints, POLICY, plan, moves))

    assert told(plan, moves) == ""
    assert "do not make the moves asked for vc/y" in told(plan, moves[1:])
    assert "do not make the moves asked for vc/z" in told(plan, [*moves, replace(moves[0], vm=ref("z"))])
    assert "is both a step and blocked" in told(replace(plan, blocked=blocked), moves)
    assert "is blocked twice" in told(replace(plan, blocked=blocked * 2), moves)
    stranger = (Blocked(moves=(replace(moves[0], vm=ref("z")),), reason="whim"),)
    assert "blocked, but nobody asked for it" in told(replace(plan, blocked=stranger), moves)
