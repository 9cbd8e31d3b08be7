"""The policy's limit of moves: what has to move first, then what pays most."""

from dataclasses import replace

import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmHostRule
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import evacuation, places, request, small_host


def at_most(moves: int, asked: PlacementRequest) -> PlacementRequest:
    return replace(asked, policy=replace(asked.policy, max_moves=moves))


def overloaded() -> PlacementRequest:
    """Everything on one of three hosts; ``big`` gains most by leaving."""
    vms = [make_vm(f"vm-{n}", "h1", cpu=1500, memory=500) for n in range(4)] + [
        make_vm("big", "h1", cpu=3500, memory=500)
    ]
    return request([small_host("h1"), small_host("h2"), small_host("h3")], vms)


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_vms_move_than_allowed_and_the_best_come_first(most: int) -> None:
    free, limited = solve(overloaded()), solve(at_most(most, overloaded()))
    assert len(free.moves) > most
    assert len(limited.moves) == most
    assert "big" in places(limited)
    assert limited.status is SolveStatus.FEASIBLE
    assert limited.bound == free.bound
    assert free.objective.total < limited.objective.total < limited.starting_objective.total


def test_no_move_allowed_is_not_the_same_as_nothing_to_do() -> None:
    result = solve(at_most(0, overloaded()))
    assert (result.moves, result.status) == ((), SolveStatus.FEASIBLE)
    assert result.gap is not None
    assert result.gap > 0.1


def test_what_a_rule_demands_comes_before_what_pays() -> None:
    asked = overloaded()
    must = VmHostRule(name="m", vms=(ref("vm-3"),), hosts=(ref("h2"),))
    asked = replace(asked, inventory=replace(asked.inventory, vm_host_rules=(must,)))
    result = solve(at_most(1, asked))
    assert places(result) == {"vm-3": "h2"}
    assert result.remaining_violations == ()


def test_a_mandatory_move_and_the_one_that_makes_room_for_it_come_before_what_pays() -> None:
    # a must run on h2, which b fills; three more would gain by leaving h3.
    vms = [make_vm("a", "h1", cpu=100, memory=6000), make_vm("b", "h2", cpu=100, memory=6000)]
    vms += [make_vm(f"vm-{n}", "h3", cpu=3000, memory=10) for n in range(3)]
    must = VmHostRule(name="m", vms=(ref("a"),), hosts=(ref("h2"),))
    asked = request([small_host("h1"), small_host("h2"), small_host("h3")], vms, vm_host_rules=(must,))
    assert len(solve(asked).moves) > 2
    result = solve(at_most(2, asked))
    assert {*places(result)} == {"a", "b"}
    assert result.remaining_violations == ()


def test_a_group_that_needs_more_moves_than_allowed_is_left_whole() -> None:
    asked = overloaded()
    group = VmAffinityRule(name="g", vms=tuple(vm.ref for vm in asked.inventory.virtual_machines[:3]))
    asked = replace(asked, inventory=replace(asked.inventory, vm_affinity_rules=(group,)))
    result = solve(at_most(2, asked))
    assert len(result.moves) <= 2
    assert result.remaining_violations == ()


def test_of_a_split_group_only_those_count_that_have_to_move() -> None:
    vms = [make_vm(name, host, memory=100) for name, host in (("a", "h1"), ("b", "h1"), ("c", "h2"))]
    group = VmAffinityRule(name="g", vms=tuple(map(ref, "abc")))
    asked = request([small_host("h1"), small_host("h2")], vms, vm_affinity_rules=(group,), policy=Policy(max_moves=1))
    assert solve(asked).remaining_violations == ()


def test_an_evacuation_cut_short_says_what_is_left() -> None:
    vms = [make_vm(name, "h1", memory=1000) for name in "abc"]
    result = solve(at_most(2, evacuation([small_host("h1"), small_host("h2")], vms, "h1")))
    assert len(result.moves) == 2
    assert result.status is SolveStatus.LIMITED
    assert len(result.unplaceable) == 1


def test_no_more_is_sent_than_allowed_and_rules_are_kept() -> None:
    asked = overloaded()
    free = solve(asked)
    sent_gib = sum(move.estimate.sent_mib_p50 for move in free.moves) / 1024
    limited = solve(replace(asked, policy=replace(asked.policy, max_gib=sent_gib / 2)))
    assert 0 < len(limited.moves) < len(free.moves)
    assert sum(move.estimate.sent_mib_p50 for move in limited.moves) <= sent_gib / 2 * 1024
    assert limited.remaining_violations == ()
    assert (limited.status, limited.bound) == (SolveStatus.FEASIBLE, free.bound)
    everything = solve(replace(asked, policy=replace(asked.policy, max_gib=sent_gib * 1.01)))
    assert places(everything) == places(free)
