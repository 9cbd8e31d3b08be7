"""Which hosts may be away at one time: of vSAN those of one fault domain, with whoever is away already."""

from dataclasses import replace
from typing import Any

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.cluster import Cluster
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.planning.absence import beyond_one_domain, may_be_away
from tests.inventories import make_host, make_inventory, make_vm, ref


def cluster_of(*hosts: Any, **changes: Any) -> Inventory:
    cluster = Cluster(ref=ref("c"), name="c", datacenter="dc", **changes)
    return make_inventory([replace(host, cluster=ref("c")) for host in hosts], [make_vm("v", "a")], clusters=(cluster,))


def test_a_host_of_vsan_does_not_go_while_another_domain_is_away() -> None:
    hosts = make_host("a"), make_host("b", in_maintenance=True), make_host("c")
    told = beyond_one_domain(cluster_of(*hosts, vsan_enabled=True), [ref("a")])
    assert told is not None
    assert "b is away already (in maintenance mode or not connected), so that a may not go" in told
    assert beyond_one_domain(cluster_of(*hosts), [ref("a")]) is None  # no vSAN


def test_what_is_not_connected_is_away() -> None:
    lost = make_host("b", connection_state=ConnectionState.NOT_RESPONDING)
    assert beyond_one_domain(cluster_of(make_host("a"), lost, vsan_enabled=True), [ref("a")]) is not None


def test_those_of_the_same_fault_domain_may_be_away_with_it() -> None:
    hosts = [replace(make_host(name), vsan_fault_domain="rack-1" if name in "ab" else "rack-2") for name in "abc"]
    hosts[1] = replace(hosts[1], in_maintenance=True)
    assert beyond_one_domain(cluster_of(*hosts, vsan_enabled=True), [ref("a")]) is None
    assert beyond_one_domain(cluster_of(*hosts, vsan_enabled=True), [ref("c")]) is not None


def test_hosts_that_are_away_already_do_not_go_any_more() -> None:
    hosts = make_host("a", in_maintenance=True), make_host("b", in_maintenance=True), make_host("c")
    assert beyond_one_domain(cluster_of(*hosts, vsan_enabled=True), [ref("a"), ref("b")]) is None


def test_what_ha_keeps_has_to_be_there_without_them() -> None:
    control = AdmissionControl(policy=AdmissionPolicy.SLOTS, host_failures=1)
    inventory = cluster_of(make_host("a"), make_host("b"), make_host("c"), ha_enabled=True, admission_control=control)
    a, b = inventory.host(ref("a")), inventory.host(ref("b"))
    assert may_be_away(inventory, [a]) is None
    told = may_be_away(inventory, [a, b])
    assert told is not None
    assert told.startswith("with 2 of its hosts away, HA tolerates the failure of 1 of 1 hosts")
