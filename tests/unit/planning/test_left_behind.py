"""A VM that leaves its cluster loses what belongs to the cluster, and is told of it before."""

import json
from dataclasses import replace
from typing import Any

import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster, ResourcePool
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.placement.result import Move
from recommender.planning.left_behind import left_behind
from recommender.planning.move_warnings import move_warnings
from recommender.report.json_document import move_document
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import move


def estate(**vm: Any) -> Inventory:
    """``a`` and ``b`` in one cluster, ``c`` in another, ``d`` alone."""
    hosts = [
        make_host("a", cluster=ref("one")),
        make_host("b", cluster=ref("one")),
        make_host("c", cluster=ref("two")),
        make_host("d"),
    ]
    pools = (
        ResourcePool(ref=ref("root"), name="Resources", owner=ref("one")),
        ResourcePool(ref=ref("gold"), name="gold", owner=ref("one"), parent=ref("root")),
    )
    clusters = tuple(Cluster(ref=ref(name), name=name, datacenter="dc") for name in ("one", "two"))
    vms = [make_vm("v", "a", **vm), make_vm("w", "b")]
    return make_inventory(hosts, vms, clusters=clusters, resource_pools=pools)


BOUND = replace(
    estate(resource_pool=ref("gold"), drs_behavior=VmDrsBehavior.MANUAL, ha_restart_priority="high", vapp=ref("app")),
    vm_affinity_rules=(VmAffinityRule(name="near", vms=(ref("v"), ref("w"))),),
    vm_anti_affinity_rules=(VmAntiAffinityRule(name="far", vms=(ref("v"), ref("x"))),),
    vm_host_rules=(VmHostRule(name="licence", vms=(ref("v"),), hosts=(ref("a"),)),),
)


@pytest.mark.parametrize("to", ["c", "d"])
def test_everything_that_belongs_to_the_cluster_is_named(to: str) -> None:
    assert left_behind(BOUND, move(BOUND, "v", to)) == (
        "the rule 'near'",
        "the rule 'far'",
        "the rule 'licence'",
        "its DRS override (manual)",
        "its HA override (restart priority high)",
        "its resource pool 'gold' (it comes into the root pool: there is none of that name)",
        "its vApp",
    )


def test_within_its_cluster_it_loses_nothing() -> None:
    assert left_behind(BOUND, move(BOUND, "v", "b")) == ()


def test_a_vm_without_anything_loses_nothing() -> None:
    plain = estate(resource_pool=ref("root"))
    assert left_behind(plain, move(plain, "v", "c")) == ()


def test_a_move_to_another_vcenter_costs_what_the_vcenter_keeps() -> None:
    there = replace(make_host("z"), ref=EntityRef("west", "z"))
    inventory = replace(estate(), hosts=(*estate().hosts, there))
    away: Move = replace(move(inventory, "v", "c"), destination=there.ref)
    assert left_behind(inventory, away) == ("its permissions, alarms, tags and statistics in vCenter vc",)


def test_the_document_tells_it() -> None:
    document = move_document(BOUND, move(BOUND, "v", "c"))
    assert "the rule 'licence'" in json.loads(json.dumps(document))["left_behind"]


def test_a_pool_of_the_same_path_takes_it_in_which_is_told_as_well() -> None:
    inventory = estate(resource_pool=ref("gold"))
    there = (
        ResourcePool(ref=ref("root 2"), name="Resources", owner=ref("two")),
        ResourcePool(ref=ref("app 2"), name="gold", owner=ref("two"), parent=ref("root 2"), is_vapp=True),
        ResourcePool(ref=ref("gold 2"), name="gold", owner=ref("two"), parent=ref("root 2")),
    )
    clusters = tuple(
        replace(one, root_resource_pool=ref("root 2")) if one.name == "two" else one for one in inventory.clusters
    )
    inventory = replace(inventory, clusters=clusters, resource_pools=(*inventory.resource_pools, *there))
    assert left_behind(inventory, move(inventory, "v", "c")) == ()
    told = "it comes into that cluster's resource pool 'gold', with its limits and shares"
    assert told in move_warnings(inventory, move(inventory, "v", "c"))
    assert told not in move_warnings(inventory, move(inventory, "v", "b"))
