"""Budgets of an hour: of hosts, of applications, in all; what rules demand is moved all the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recommender.budget_policy import BudgetPolicy, GroupBudget
from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.recent_move import RecentMove
from recommender.placement.budgets import spent_budgets
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref


def moved(vm: str, minutes_ago: int, source: str = "h3", destination: str = "h2") -> RecentMove:
    return RecentMove(
        instance_uuid=f"uuid-{vm}",
        source=ref(source),
        destination=ref(destination),
        ended_at=TAKEN_AT - timedelta(minutes=minutes_ago),
    )


def question(*recent: RecentMove, rules: tuple[VmHostRule, ...] = (), **budget: Any) -> PlacementRequest:
    """Eight VMs crowd one of three hosts."""
    hosts = [make_host(f"h{number}", cpu_mhz=10_000, cluster=ref("c")) for number in (1, 2, 3)]
    vms = [make_vm(f"{'shop' if number < 4 else 'mail'}-{number}", "h1", cpu=1100) for number in range(8)]
    return PlacementRequest(
        inventory=make_inventory(hosts, vms, vm_host_rules=rules),
        policy=Policy(cool_down_s=0, migration_threshold=5, budget=BudgetPolicy(**budget)),
        recent_moves=recent,
    )


def test_without_a_budget_as_many_move_as_pay() -> None:
    assert len(solve(question()).moves) > 3


@pytest.mark.parametrize(("recent", "left"), [((), 3), ((moved("x", 59),), 2), ((moved("x", 61),), 3)])
def test_an_hour_has_so_many_moves_in_all(recent: tuple[RecentMove, ...], left: int) -> None:
    result = solve(question(*recent, moves_per_hour=3))
    assert len(result.moves) == left
    assert result.objective.total < result.starting_objective.total


def test_a_host_has_so_many_moves_from_it_and_to_it() -> None:
    result = solve(question(moved("x", 5), moved("y", 5), moves_per_host_per_hour=2))
    assert result.moves == ()  # h2 and h3 are both spent
    result = solve(question(moves_per_host_per_hour=2))
    assert len(result.moves) == 2


def test_an_application_has_its_own_budget() -> None:
    budget = GroupBudget(name="shop", vms=("shop-*",), moves_per_hour=1)
    names = [move.vm.moid for move in solve(question(group=(budget,))).moves]
    assert sum(name.startswith("shop") for name in names) <= 1
    assert sum(name.startswith("mail") for name in names) > 1
    spent = solve(question(moved("shop-0", 5), group=(budget,))).moves
    assert spent
    assert not any(move.vm.moid.startswith("shop") for move in spent)


def test_a_move_of_one_of_several_vms_of_one_identity_counts_for_each_of_their_applications() -> None:
    asked = question(moved("shop-1", 5), group=(GroupBudget(name="shop", vms=("shop-*",), moves_per_hour=1),))
    assert names_of_spent(asked) == {"shop-0", "shop-1", "shop-2", "shop-3"}
    vms = [
        replace(vm, instance_uuid="uuid-shop-1") if vm.name == "mail-7" else vm
        for vm in asked.inventory.virtual_machines
    ]
    shared = replace(asked, inventory=replace(asked.inventory, virtual_machines=tuple(vms)))
    assert names_of_spent(shared) == {"shop-0", "shop-1", "shop-2", "shop-3"}


def names_of_spent(request: PlacementRequest) -> set[str]:
    return {request.inventory.vm(vm).name for vm in spent_budgets(request)}


def test_a_spent_budget_leaves_nothing_to_do() -> None:
    assert solve(question(moves_per_hour=0)).status is SolveStatus.NOTHING_TO_DO


def test_what_a_rule_demands_moves_all_the_same() -> None:
    rule = VmHostRule(name="must", vms=(ref("shop-0"),), hosts=(ref("h2"),))
    result = solve(question(rules=(rule,), moves_per_hour=0))
    assert [(move.vm.moid, move.destination.moid) for move in result.moves] == [("shop-0", "h2")]
    assert result.remaining_violations == ()
