"""A host is hot above one half and above its cluster's average."""

from dataclasses import replace

import pytest

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.objectives.hot_host import HotHost
from tests.inventories import make_host, make_inventory, make_vm, ref


def host(name: str, cluster: str = "c1") -> Host:
    return make_host(name, cluster=ref(cluster), cpu_mhz=10_000)


def cost(inventory: Inventory, *leaving: str) -> float:
    return HotHost(weight=1000.0, leaving=frozenset(map(ref, leaving))).cost(inventory, inventory)


def test_a_host_above_one_half_costs_for_what_is_above() -> None:
    vms = [make_vm("a", "h1", cpu=7000), make_vm("b", "h2", cpu=1000)]
    assert cost(make_inventory([host("h1"), host("h2")], vms)) == pytest.approx(1000 * (0.7 - 0.5))


def test_nobody_is_hot_in_an_idle_cluster() -> None:
    assert cost(make_inventory([host("h1"), host("h2")], [make_vm("a", "h1", cpu=4900)])) == 0


def test_where_all_are_busy_only_those_above_the_average_are_hot() -> None:
    vms = [make_vm("a", "h1", cpu=8000), make_vm("b", "h2", cpu=6000)]
    assert cost(make_inventory([host("h1"), host("h2")], vms)) == pytest.approx(1000 * (0.8 - 1.05 * 0.7))


def test_each_cluster_has_its_own_average() -> None:
    vms = [make_vm("a", "h1", cpu=8000), make_vm("b", "h2", cpu=1000)]
    assert cost(make_inventory([host("h1", "c1"), host("h2", "c2")], vms)) == 0


def test_what_leaves_counts_for_those_that_stay() -> None:
    inventory = make_inventory([host("h1"), host("h2")], [make_vm("a", "h1", cpu=6000), make_vm("b", "h2", cpu=500)])
    assert cost(inventory) == pytest.approx(1000 * (0.6 - 0.5))
    assert cost(inventory, "h2") == 0
    closed = replace(inventory, hosts=(host("h1"), replace(host("h2"), in_maintenance=True)))
    assert cost(closed) == 0
