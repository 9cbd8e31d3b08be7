"""Uneven load costs."""

import pytest

from recommender.inventory.virtual_machine import PowerState
from recommender.objectives.load_balance import LoadBalance
from tests.inventories import make_host, make_inventory, make_vm

TERM = LoadBalance(weight=1000.0)


def test_costs_the_square_of_every_use() -> None:
    hosts = [make_host("h1", cpu_mhz=10_000, memory_mib=10_000), make_host("h2", cpu_mhz=10_000, memory_mib=10_000)]
    inventory = make_inventory(
        hosts, [make_vm("a", "h1", cpu=5000, memory=2000), make_vm("b", "h2", cpu=1000, memory=0)]
    )
    # CPU 0.5² + 0.1², memory 0.2² + 0²
    assert TERM.cost(inventory, inventory) == pytest.approx(1000 * (0.25 + 0.01 + 0.04))


def test_a_host_of_twice_the_average_size_counts_twice() -> None:
    hosts = [make_host("h1", cpu_mhz=4000, memory_mib=1000), make_host("h2", cpu_mhz=12_000, memory_mib=1000)]
    inventory = make_inventory(hosts, [make_vm("a", "h2", cpu=6000, memory=0)])
    # share 12,000 / 8,000 = 1.5, use 0.5
    assert TERM.cost(inventory, inventory) == pytest.approx(1000 * 1.5 * 0.25)


def test_an_even_load_costs_less_than_the_same_load_in_one_place() -> None:
    hosts = [make_host("h1"), make_host("h2")]
    even = make_inventory(hosts, [make_vm("a", "h1"), make_vm("b", "h2")])
    uneven = make_inventory(hosts, [make_vm("a", "h1"), make_vm("b", "h1")])
    assert TERM.cost(even, even) < TERM.cost(uneven, uneven)


def test_what_does_not_run_and_what_is_unknown_costs_nothing() -> None:
    vms = [make_vm("off", "h1", power_state=PowerState.POWERED_OFF), make_vm("unknown", "h1", cpu=None, memory=0)]
    inventory = make_inventory([make_host("h1")], vms)
    assert TERM.cost(inventory, inventory) == 0.0


def test_a_host_that_has_nothing_costs_nothing() -> None:
    inventory = make_inventory([make_host("h1", cpu_mhz=0, memory_mib=0)], [make_vm("a", "h1")])
    assert TERM.cost(inventory, inventory) == 0.0
