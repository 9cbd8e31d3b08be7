"""Balancing: mend what is broken, then balance, as far as the policy's threshold goes."""

import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.virtual_machine import PowerState, VmKind
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import places, reasons, request, small_host

ONLY_MANDATORY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, migration_threshold=1)


def test_an_overloaded_host_gives_to_an_idle_one() -> None:
    vms = [make_vm(name, "h1", cpu=3000, memory=1000) for name in "abc"]
    result = solve(request([small_host("h1"), small_host("h2")], vms))
    assert len(result.moves) == 1
    assert result.moves[0].reason.name == "CPU_OVERLOAD"
    assert result.objective.total < result.starting_objective.total


def test_an_even_load_is_left_alone() -> None:
    vms = [make_vm("a", "h1", cpu=3000, memory=1000), make_vm("b", "h2", cpu=3000, memory=1000)]
    result = solve(request([small_host("h1"), small_host("h2")], vms))
    assert (result.status, result.moves) == (SolveStatus.NOTHING_TO_DO, ())
    assert result.gap == pytest.approx(0.0, abs=1e-3)


def test_at_threshold_1_nothing_moves_for_balance_alone() -> None:
    vms = [make_vm(name, "h1", cpu=3000, memory=1000) for name in "abc"]
    assert solve(request([small_host("h1"), small_host("h2")], vms, policy=ONLY_MANDATORY)).moves == ()


def test_at_threshold_1_broken_rules_are_mended_with_no_move_more() -> None:
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm(name, "h1", cpu=2000, memory=1000) for name in "abcd"]
    apart = VmAntiAffinityRule(name="apart", vms=(ref("a"), ref("b")))
    result = solve(request(hosts, vms, policy=ONLY_MANDATORY, vm_anti_affinity_rules=(apart,)))
    assert len(result.moves) == 1
    assert set(reasons(result).values()) == {("KEEP_APART", 1)}
    assert result.remaining_violations == ()


def test_a_group_split_at_the_start_is_brought_together() -> None:
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm(name, host, cpu=1000, memory=1000) for name, host in (("a", "h1"), ("b", "h2"), ("c", "h3"))]
    together = VmAffinityRule(name="together", vms=tuple(map(ref, "abc")))
    result = solve(request(hosts, vms, vm_affinity_rules=(together,)))
    assert len(result.moves) == 2
    assert set(reasons(result).values()) == {("KEEP_TOGETHER", 1)}
    assert result.remaining_violations == ()


def test_vms_that_rules_want_together_and_apart_are_called_infeasible_and_left_alone() -> None:
    both = (ref("a"), ref("b"))
    result = solve(
        request(
            [small_host("h1"), small_host("h2")],
            [make_vm("a", "h1", memory=1000), make_vm("b", "h2", memory=1000)],
            vm_affinity_rules=(VmAffinityRule(name="together", vms=both),),
            vm_anti_affinity_rules=(VmAntiAffinityRule(name="apart", vms=both),),
        )
    )
    assert (result.status, result.moves) == (SolveStatus.INFEASIBLE, ())
    assert [broken.constraint for broken in result.remaining_violations] == ["vm_affinity"]


def test_what_does_not_run_is_not_balanced_but_leaves_where_it_must_not_be() -> None:
    vms = [
        make_vm("off", "h1", power_state=PowerState.POWERED_OFF),
        make_vm("pinned", "h1", power_state=PowerState.POWERED_OFF),
        make_vm("vcls", "h1", kind=VmKind.VCLS),
    ]
    rule = VmHostRule(name="not here", vms=(ref("pinned"),), hosts=(ref("h1"),), is_affine=False)
    result = solve(request([small_host("h1"), small_host("h2")], vms, vm_host_rules=(rule,)))
    assert places(result) == {"pinned": "h2"}


def test_the_bound_counts_what_vms_cost_that_do_not_move() -> None:
    # off breaks a should-rule whatever is done with a and b.
    vms = [
        make_vm("off", "h1", power_state=PowerState.POWERED_OFF),
        make_vm("a", "h1", cpu=3000, memory=1000),
        make_vm("b", "h1", cpu=3000, memory=1000),
    ]
    rule = VmHostRule(name="elsewhere", vms=(ref("off"),), hosts=(ref("h2"),), is_mandatory=False)
    result = solve(request([small_host("h1"), small_host("h2")], vms, vm_host_rules=(rule,)))
    assert result.status is SolveStatus.OPTIMAL
    assert dict(result.objective.terms)["should_rules"] == 300.0
    assert result.gap == pytest.approx(0.0, abs=1e-5)


def test_gap_and_gain_gap_are_shares_of_the_objective_and_of_the_possible_gain() -> None:
    vms = [make_vm(f"vm-{n}", "h1", cpu=400 + 37 * n, memory=300 + 71 * (n % 5)) for n in range(7)]
    result = solve(request([small_host(f"h{n}") for n in range(1, 4)], vms))
    assert result.bound is not None
    short_of_bound = result.objective.total - result.bound
    assert result.gap == pytest.approx(short_of_bound / result.objective.total)
    assert result.gain_gap == pytest.approx(short_of_bound / (result.starting_objective.total - result.bound))
    assert 0 <= short_of_bound < 0.05 * result.objective.total
