"""How far from its host a VM may go under each scope."""

import pytest

from recommender.constraints.move_scope import MoveScopeRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.policy import MoveScope
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against


def estate() -> Inventory:
    hosts = [
        make_host("here", cluster=ref("c1")),
        make_host("beside", cluster=ref("c1")),
        make_host("next", cluster=ref("c2")),
        make_host("alone"),
        make_host("far", cluster=ref("c3"), datacenter="dc2"),
        make_host("abroad", ref=EntityRef("other", "here"), cluster=EntityRef("other", "c1")),
    ]
    clusters = [Cluster(ref=ref(moid), name=name, datacenter="dc") for moid, name in (("c1", "Gold"), ("c2", "Silver"))]
    return make_inventory(hosts, [make_vm("a", "here"), make_vm("b", "alone")], clusters=clusters)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (MoveScope.CLUSTER, {"here", "beside"}),
        (MoveScope.DATACENTER, {"here", "beside", "next", "alone"}),
        (MoveScope.VCENTER, {"here", "beside", "next", "alone", "far"}),
    ],
)
def test_a_vm_stays_within_its_scope(scope: MoveScope, allowed: set[str]) -> None:
    rule, inventory = MoveScopeRule(scope), estate()
    assert hosts_for(rule, inventory) == allowed
    for host in ("beside", "next", "alone", "far"):
        assert (reasons_against(rule, inventory, host) == []) is (host in allowed)


@pytest.mark.parametrize(
    ("scope", "to", "reason"),
    [
        (MoveScope.CLUSTER, ref("next"), "another cluster (Silver instead of Gold)"),
        (MoveScope.CLUSTER, ref("alone"), "another cluster (none instead of Gold)"),
        (MoveScope.CLUSTER, ref("far"), "another data centre (dc2 instead of dc)"),
        (MoveScope.DATACENTER, ref("far"), "another data centre (dc2 instead of dc)"),
        (MoveScope.VCENTER, EntityRef("other", "here"), "another vCenter (other instead of vc)"),
    ],
)
def test_a_refusal_tells_both_sides_and_the_policy(scope: MoveScope, to: EntityRef, reason: str) -> None:
    inventory = estate()
    moving = inventory.with_in_flight(flight("a", "here"))
    there = inventory.with_in_flight(type(moving.in_flight[0])(vm=ref("a"), destination=to))
    assert broken(MoveScopeRule(scope), there) == [f"{reason}; the policy's move_scope is {scope.value}"]


def test_a_host_without_cluster_is_a_cluster_of_its_own() -> None:
    inventory = estate()
    assert hosts_for(MoveScopeRule(), inventory, "b") == {"alone"}
    assert len(reasons_against(MoveScopeRule(), inventory, "here", "b")) == 1
    assert hosts_for(MoveScopeRule(MoveScope.DATACENTER), inventory, "b") == {"alone", "here", "beside", "next"}


def test_two_standalone_hosts_are_two_scopes() -> None:
    inventory = make_inventory([make_host("h1"), make_host("h2")], [make_vm("a", "h1")])
    assert hosts_for(MoveScopeRule(), inventory) == {"h1"}
    assert reasons_against(MoveScopeRule(), inventory, "h2") == [
        "another cluster (none instead of none); the policy's move_scope is cluster"
    ]


def test_a_storage_migration_leaves_no_scope() -> None:
    assert broken(MoveScopeRule(), estate().with_in_flight(flight("b", "alone", "ds2"))) == []
