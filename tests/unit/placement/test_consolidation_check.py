"""A consolidation is looked at once more: what has changed since it was decided, in numbers."""

from typing import Any

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.placement.consolidate import consolidate
from recommender.placement.consolidation_check import harm_of_switching_off
from recommender.placement.request import Goal, PlacementRequest
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref


def world(cpu: int = 2000, more: bool = False, **cluster: Any) -> Inventory:
    hosts = [make_host(f"h{number}", cpu_mhz=10_000, cluster=ref("c")) for number in (1, 2)]
    vms = [make_vm("a", "h1", cpu=cpu), make_vm("b", "h2", cpu=6000)]
    vms += [make_vm("new", "h1", cpu=10)] if more else []
    return make_inventory(hosts, vms, clusters=(Cluster(ref=ref("c"), name="c", datacenter="dc", **cluster),))


def harm(now: Inventory) -> tuple[str, ...]:
    answer = consolidate(PlacementRequest(inventory=world(), policy=Policy(), goal=Goal.CONSOLIDATE))
    assert [host.moid for host in answer.switch_off] == ["h1"]
    return harm_of_switching_off(now, Policy(), answer.result.moves, answer.switch_off)


def test_nothing_speaks_against_what_was_decided_a_moment_ago() -> None:
    assert harm(world()) == ()


def test_load_that_rose_is_told() -> None:
    assert harm(world(cpu=3000)) == ("host h2 would be at 90 % of its cpu, the headroom line is at 85 %",)


def test_a_vm_that_came_meanwhile_is_told() -> None:
    assert harm(world(more=True)) == ("1 VMs on host h1 would stay there: the plan does not know them",)


def test_what_ha_reserves_since_is_told() -> None:
    control = AdmissionControl(policy=AdmissionPolicy.RESOURCE_PERCENTAGE, cpu_percent=100, memory_percent=0)
    (told,) = harm(world(admission_control=control))
    assert told.startswith("cluster c without 1 hosts: ")
