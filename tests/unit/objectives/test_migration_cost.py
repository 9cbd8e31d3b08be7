"""Predicted seconds of migration cost."""

from typing import Any

import pytest

from recommender.inventory.virtual_machine import PowerState
from recommender.migration.estimate_move import estimate_move
from recommender.objectives.migration_cost import MigrationCost
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

TERM = MigrationCost(per_second=0.5, per_sensitive_second=2.0, policy=Policy())


def test_nothing_moved_costs_nothing() -> None:
    inventory = make_inventory([make_host("h1")], [make_vm("a", "h1")])
    assert TERM.cost(inventory, inventory) == 0.0


def test_costs_the_predicted_median_of_every_move() -> None:
    vms = [
        make_vm("a", "h1"),
        make_vm("b", "h1", memory=65_536),
        make_vm("off", "h1", power_state=PowerState.POWERED_OFF),
    ]
    start = make_inventory([make_host("h1"), make_host("h2")], vms)
    end = start
    for vm in vms:
        end = end.with_vm_on(vm.ref, ref("h2"))
    seconds = [estimate_move(start, Policy(), vm, start.host(ref("h2"))).duration_p50_s for vm in vms]
    assert TERM.cost(start, end) == pytest.approx(0.5 * sum(seconds))


def test_a_second_of_a_sensitive_vm_costs_more_while_it_runs() -> None:
    def cost(**changes: Any) -> float:
        start = make_inventory([make_host("h1"), make_host("h2")], [make_vm("a", "h1", **changes)])
        return TERM.cost(start, start.with_vm_on(ref("a"), ref("h2")))

    assert cost(is_latency_sensitive=True) == pytest.approx(4 * cost())
    off = PowerState.POWERED_OFF
    assert cost(is_latency_sensitive=True, power_state=off) == cost(power_state=off)
