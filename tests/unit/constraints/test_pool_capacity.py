"""Resource pools of other clusters: what may come into them, and in which words it may not."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.constraints.pool_capacity import PoolCapacity
from recommender.inventory.allocation import Allocation
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.inventory import Inventory
from recommender.policy import MoveScope
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = PoolCapacity(MoveScope.VCENTER)
FREE = Allocation()


def pools(
    cluster: str, cpu: Allocation | None, memory: Allocation | None = FREE, above: Allocation = FREE
) -> list[ResourcePool]:
    """``prod`` below the root pool, ``gold`` below that: gold has these allocations."""
    owner, root, prod = ref(cluster), ref(f"{cluster}-root"), ref(f"{cluster}-prod")
    return [
        ResourcePool(ref=root, name="Resources", owner=owner),
        ResourcePool(ref=prod, name="prod", owner=owner, parent=root, cpu=above, memory=FREE),
        ResourcePool(ref=ref(f"{cluster}-gold"), name="gold", owner=owner, parent=prod, cpu=cpu, memory=memory),
    ]


def estate(
    of_cpu: Allocation | None, memory: Allocation | None = FREE, *, above: Allocation = FREE, **vm: Any
) -> Inventory:
    """``a`` in gold of c1; ``b`` asks for 1,000 MHz of gold in c2, and reserves 300."""
    hosts = [make_host(name, cluster=ref(cluster)) for name, cluster in (("h1", "c1"), ("h2", "c1"), ("far", "c2"))]
    asked: dict[str, Any] = {"cpu": 500, "memory": 1000, "cpu_reservation_mhz": 400} | vm
    vms = [
        make_vm("a", "h1", resource_pool=ref("c1-gold"), **asked),
        make_vm("b", "far", resource_pool=ref("c2-gold"), cpu=1000, memory=1000, cpu_reservation_mhz=300),
    ]
    clusters = [
        Cluster(ref=ref(name), name=name, datacenter="dc", root_resource_pool=ref(f"{name}-root"))
        for name in ("c1", "c2")
    ]
    found = (*pools("c1", FREE), *pools("c2", of_cpu, memory, above))
    return make_inventory(hosts, vms, clusters=clusters, resource_pools=found)


def borrowing(**changes: Any) -> Allocation:
    return Allocation(is_expandable=True, **changes)


@pytest.mark.parametrize(
    ("inventory", "reason"),
    [
        (estate(Allocation(reservation=700)), None),
        (
            estate(Allocation(reservation=600)),
            "CPU reservations in resource pool gold: 700 MHz, at most 600 MHz (its reservation is not expandable)",
        ),
        (estate(borrowing(reservation=600), above=borrowing()), None),
        (
            estate(borrowing(reservation=600), above=Allocation(reservation=600)),
            "CPU reservations in resource pool prod: 700 MHz, at most 600 MHz (its reservation is not expandable)",
        ),
        (
            estate(borrowing(limit=650), cpu=0),
            "CPU reservations in resource pool gold: 700 MHz, at most 650 MHz",
        ),
        (estate(Allocation(limit=1500), cpu_reservation_mhz=0), None),
        (
            estate(Allocation(limit=1400), cpu_reservation_mhz=0),
            "CPU demand of 2 VMs in resource pool gold: 1,500 MHz, its limit is 1,400 MHz",
        ),
        (
            estate(FREE, Allocation(limit=1500), cpu_reservation_mhz=0),
            "memory demand of 2 VMs in resource pool gold: 2,000 MiB, its limit is 1,500 MiB",
        ),
        (estate(None), "unknown: the CPU allocation of resource pool gold"),
    ],
)
def test_what_a_pool_of_another_cluster_takes(inventory: Inventory, reason: str | None) -> None:
    assert ("far" in hosts_for(RULE, inventory)) is (reason is None)
    assert reasons_against(RULE, inventory, "far") == ([] if reason is None else [reason])
    assert reasons_against(RULE, inventory, "h2") == [], "within its cluster it stays in its pool"


def test_what_is_on_its_way_into_the_pool_counts_there_already() -> None:
    inventory = estate(Allocation(limit=1600), cpu_reservation_mhz=0)
    other = make_vm("c", "h1", resource_pool=ref("c1-gold"), cpu=200, memory=1)
    crowded = replace(inventory, virtual_machines=(*inventory.virtual_machines, other), in_flight=(flight("c", "far"),))
    assert "far" not in hosts_for(RULE, crowded)
    assert broken(RULE, crowded, "c") == []
    both = replace(crowded, in_flight=(flight("c", "far"), flight("a", "far")))
    assert broken(RULE, both, "c") == ["CPU demand of 3 VMs in resource pool gold: 1,700 MHz, its limit is 1,600 MHz"]


def test_what_is_not_known_may_be_permitted_and_nothing_comes_from_outside_within_a_cluster() -> None:
    unknown, full = estate(None), estate(Allocation(limit=1), cpu_reservation_mhz=0)
    assert "far" in hosts_for(replace(RULE, unknown_permitted=True), unknown)
    assert "far" in hosts_for(PoolCapacity(), full)
    assert reasons_against(PoolCapacity(), full, "far") == []


def test_the_root_pool_and_vms_that_do_not_run_are_not_spoken_of() -> None:
    inventory = estate(Allocation(limit=1), cpu_reservation_mhz=0)
    rootless = replace(inventory, resource_pools=tuple(one for one in inventory.resource_pools if one.name != "gold"))
    assert "far" in hosts_for(RULE, rootless), "it comes into the root pool"
