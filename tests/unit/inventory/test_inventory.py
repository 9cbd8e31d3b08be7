"""The inventory: look-ups, and the pictures derived from it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from recommender.errors import AmbiguousName, UnknownName
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.lookup import host_named, vm_named
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import VirtualMachine
from tests.inventories import make_host, make_inventory, make_vm, ref


def names(vms: Iterable[VirtualMachine]) -> list[str]:
    return [vm.name for vm in vms]


def test_order_of_input_does_not_matter() -> None:
    hosts = [make_host("h2"), make_host("h1")]
    vms = [make_vm("b", "h1"), make_vm("a", "h2")]
    assert make_inventory(hosts, vms) == make_inventory(hosts[::-1], vms[::-1])
    assert names(make_inventory(hosts, vms).virtual_machines) == ["a", "b"]


def test_a_vm_in_flight_is_charged_at_both_ends() -> None:
    inventory = make_inventory([make_host("h1"), make_host("h2")], [make_vm("a", "h1"), make_vm("b", "h2")])
    moving = inventory.with_in_flight(MigrationInFlight(vm=ref("a"), destination=ref("h2")))
    assert names(moving.vms_charged_to(ref("h1"))) == ["a"]
    assert names(moving.vms_charged_to(ref("h2"))) == ["a", "b"]
    assert names(moving.vms_on(ref("h2"))) == ["b"]
    assert moving.hosts_charged_with(ref("a")) == (ref("h1"), ref("h2"))
    assert moving.without_in_flight(ref("a")) == inventory


def test_arriving_ends_the_flight_and_equals_a_picture_built_anew() -> None:
    vms = [make_vm("a", "h1"), make_vm("b", "h2")]
    rule = VmAntiAffinityRule(name="apart", vms=(ref("a"), ref("b")))
    inventory = make_inventory([make_host("h1"), make_host("h2")], vms, vm_anti_affinity_rules=(rule,))
    moving = inventory.with_in_flight(MigrationInFlight(vm=ref("a"), destination=ref("h2")))
    arrived = moving.with_vm_on(ref("a"), ref("h2"))
    rebuilt = replace(inventory, virtual_machines=(replace(vms[0], host=ref("h2")), vms[1]))
    assert arrived == rebuilt
    for host in ("h1", "h2"):
        assert arrived.vms_on(ref(host)) == rebuilt.vms_on(ref(host))
        assert arrived.vms_charged_to(ref(host)) == rebuilt.vms_charged_to(ref(host))
    assert arrived.in_flight_of(ref("a")) is None
    assert arrived.anti_affinity_rules_of(ref("a")) == (rule,)
    assert names(inventory.vms_on(ref("h1"))) == ["a"], "the first picture is untouched"


def test_disks_follow_when_named() -> None:
    inventory = make_inventory([make_host("h1", datastores=("ds", "ds2"))], [make_vm("a", "h1")])
    moved = inventory.with_vm_on(ref("a"), ref("h1"), {2000: ref("ds2")}).vm(ref("a"))
    assert moved.disks[0].datastore == ref("ds2")
    assert moved.datastores == (ref("ds2"),)


def test_round_trip_time_is_known_within_a_site_and_unknown_where_nobody_said() -> None:
    link = SiteLink(site_a="east", site_b="west", rtt_ms=12.0)
    inventory = make_inventory([], [], site_links=(link,))
    assert inventory.site_link("west", "east") == link
    assert inventory.site_link("east", "north") is None
    same = inventory.site_link("east", "east")
    assert same is not None
    assert same.rtt_ms == 0.0


def test_names_are_found_suggested_and_told_apart() -> None:
    hosts = [make_host("h1"), make_host("h2", name="h1", datacenter="other")]
    inventory = make_inventory(hosts, [make_vm("web-01", "h1")])
    assert vm_named(inventory, "web-01").ref == ref("web-01")
    assert vm_named(inventory, "uuid-web-01").ref == ref("web-01")
    assert host_named(inventory, "other/h1").ref == ref("h2")
    assert host_named(inventory, "vc/h1").ref == ref("h1")
    with pytest.raises(UnknownName, match="did you mean web-01"):
        vm_named(inventory, "web-02")
    with pytest.raises(AmbiguousName, match="dc/h1, other/h1"):
        host_named(inventory, "h1")
