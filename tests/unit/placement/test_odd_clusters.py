"""Clusters at the edge of what there is: every one gets a true answer, none an error."""

from dataclasses import replace

import pytest

from recommender.budget_policy import BudgetPolicy
from recommender.inventory.in_flight import MigrationInFlight
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host

ENDLESS_MIB = 1_000_000_000


def test_one_host_has_nothing_to_do() -> None:
    answer = solve(request([small_host("h1")], [make_vm("a", "h1", cpu=9000, memory=9000)]))
    assert answer.status is SolveStatus.NOTHING_TO_DO
    assert answer.gap == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("memory", [20_000, ENDLESS_MIB])
def test_a_vm_larger_than_any_host_is_said_to_fit_nowhere(memory: int) -> None:
    hosts = [small_host("h1"), small_host("h2")]
    answer = solve(request(hosts, [make_vm("a", "h1", cpu=100, memory=memory)]))
    assert answer.status is SolveStatus.INFEASIBLE
    assert answer.moves == ()
    assert [broken.constraint for broken in answer.remaining_violations] == ["memory_capacity"]


def test_nothing_leaves_where_all_hosts_are_in_maintenance() -> None:
    hosts = [replace(small_host(name), in_maintenance=True) for name in ("h1", "h2")]
    answer = solve(request(hosts, [make_vm("a", "h1", cpu=100, memory=100)]))
    assert answer.status is SolveStatus.INFEASIBLE
    assert answer.moves == ()


def test_without_any_demand_nothing_pays() -> None:
    hosts = [small_host("h1"), small_host("h2")]
    answer = solve(request(hosts, [make_vm(name, "h1", cpu=0, memory=0) for name in ("a", "b", "c")]))
    assert answer.status is SolveStatus.NOTHING_TO_DO
    assert answer.objective.total == 0.0
    assert answer.gap == 0.0


def test_what_only_a_migration_under_way_breaks_is_nobodys_to_mend() -> None:
    hosts = [small_host("h1"), small_host("h2")]
    flying = (MigrationInFlight(vm=ref("a"), destination=ref("h2")),)
    vms = [make_vm(name, "h1", cpu=100, memory=100) for name in ("a", "b")]
    asked = request(hosts, vms, in_flight=flying)
    # With no move left in the hour, "a" should not have been sent off; it cannot be called back either.
    asked = replace(asked, policy=replace(asked.policy, budget=BudgetPolicy(moves_per_hour=0)))
    answer = solve(asked)
    assert (answer.status, answer.remaining_violations) == (SolveStatus.NOTHING_TO_DO, ())


def test_a_migration_under_way_to_where_a_vm_may_not_be_is_told() -> None:
    hosts = [small_host("h1"), replace(small_host("h2"), in_maintenance=True)]
    flying = (MigrationInFlight(vm=ref("a"), destination=ref("h2")),)
    answer = solve(request(hosts, [make_vm("a", "h1", cpu=100, memory=100)], in_flight=flying))
    assert [broken.constraint for broken in answer.remaining_violations] == ["host_available"]
