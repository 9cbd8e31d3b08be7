"""How far a host may be from its VMs' datastores."""

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.storage_round_trip_time import StorageRoundTripTime
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against

RULE = StorageRoundTripTime(max_rtt_ms=10.0)


def estate(site: str | None, *links: SiteLink) -> Inventory:
    stores = tuple(
        Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=100, free_mib=90, site=place)
        for name, place in (("ds", site), ("far", "west"))
    )
    hosts = [make_host("here", site="east"), make_host("there", site="west")]
    return make_inventory(hosts, [make_vm("a", "here")], datastores=stores, site_links=links)


def link(rtt_ms: float) -> SiteLink:
    return SiteLink(site_a="east", site_b="west", rtt_ms=rtt_ms)


def test_a_host_near_the_datastore_is_wanted() -> None:
    assert hosts_for(RULE, estate("east", link(10.0))) == {"here", "there"}
    assert hosts_for(RULE, estate("east", link(10.5))) == {"here"}
    assert reasons_against(RULE, estate("east", link(10.5)), "there") == [
        "10.5 ms between west and its datastores in east, at most 10 ms"
    ]
    assert broken(RULE, estate("west", link(10.5))) == [
        "10.5 ms between east and its datastores in west, at most 10 ms"
    ]


def test_what_nobody_told_is_refused_and_a_datastore_without_a_site_is_near() -> None:
    assert reasons_against(RULE, estate("east"), "there") == [
        "unknown: round-trip time between west and its datastores in east"
    ]
    assert hosts_for(StorageRoundTripTime(10.0, unknown_permitted=True), estate("east")) == {"here", "there"}
    assert hosts_for(RULE, estate(None)) == {"here", "there"}


@pytest.mark.parametrize(("rtt_ms", "is_near"), [(5.0, True), (20.0, False)])
def test_a_copy_is_judged_by_where_it_goes(rtt_ms: float, *, is_near: bool) -> None:
    inventory = estate("east", link(rtt_ms))
    vm, host = inventory.vm(ref("a")), inventory.host(ref("here"))
    far = inventory.find_datastore(ref("far"))
    assert far is not None
    assert RULE.admits(inventory, vm, frozenset({2000}), host, far) is is_near
    assert (caused_by_move([RULE], inventory, vm, host, {2000: ref("far")}) == ()) is is_near
