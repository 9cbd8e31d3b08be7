"""Over which distance a running VM may migrate."""

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.round_trip_time import RoundTripTime
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = RoundTripTime(max_rtt_ms=150.0)


def sites(rtt_ms: float | None, *, power: PowerState = PowerState.POWERED_ON, within: float | None = None) -> Inventory:
    hosts = [make_host("here", site="east"), make_host("beside", site="east"), make_host("there", site="west")]
    links = [("west", "east", rtt_ms), ("east", "east", within)]
    return make_inventory(
        hosts,
        [make_vm("a", "here", power_state=power)],
        site_links=tuple(
            SiteLink(site_a=one, site_b=other, rtt_ms=rtt) for one, other, rtt in links if rtt is not None
        ),
    )


@pytest.mark.parametrize(("rtt_ms", "is_near"), [(0.0, True), (150.0, True), (150.1, False), (400.0, False)])
def test_the_limit_itself_is_near_enough(rtt_ms: float, is_near: bool) -> None:
    inventory = sites(rtt_ms)
    assert ("there" in hosts_for(RULE, inventory)) is is_near
    assert (reasons_against(RULE, inventory, "there") == []) is is_near


def test_a_refusal_tells_time_way_and_limit() -> None:
    assert reasons_against(RoundTripTime(max_rtt_ms=10), sites(12.5), "there") == [
        "12.5 ms between site east and site west, at most 10 ms"
    ]


def test_sites_of_which_nobody_said_how_far_apart_they_are_are_unknown() -> None:
    inventory = sites(None)
    assert hosts_for(RULE, inventory) == {"here", "beside"}
    assert reasons_against(RULE, inventory, "there") == ["unknown: round-trip time between site east and site west"]
    permitting = RoundTripTime(max_rtt_ms=150.0, unknown_permitted=True)
    assert hosts_for(permitting, inventory) == {"here", "beside", "there"}
    assert reasons_against(permitting, inventory, "there") == []


def test_permitting_the_unknown_does_not_permit_the_known() -> None:
    permitting = RoundTripTime(max_rtt_ms=150.0, unknown_permitted=True)
    assert "there" not in hosts_for(permitting, sites(151.0))
    assert len(reasons_against(permitting, sites(151.0), "there")) == 1


def test_a_site_of_which_nothing_is_said_is_near_to_itself() -> None:
    assert reasons_against(RULE, sites(None), "beside") == []
    too_large = sites(None, within=151.0)
    assert "beside" not in hosts_for(RULE, too_large)
    assert len(reasons_against(RULE, too_large, "beside")) == 1


def test_a_storage_migration_on_one_host_covers_no_distance() -> None:
    assert broken(RULE, sites(None, within=151.0).with_in_flight(flight("a", "here", "ds2"))) == []


@pytest.mark.parametrize("power", [PowerState.POWERED_OFF, PowerState.SUSPENDED])
def test_a_cold_migration_goes_any_distance(power: PowerState) -> None:
    for rtt_ms in (None, 1000.0):
        inventory = sites(rtt_ms, power=power)
        assert hosts_for(RULE, inventory) == {"here", "beside", "there"}
        assert reasons_against(RULE, inventory, "there") == []


@pytest.mark.parametrize(
    ("site", "link_ms", "reasons"),
    [
        ("default", None, ["unknown: round-trip time between site default and site default"]),
        ("default", 2.0, []),
        ("campus", None, []),
    ],
)
def test_hosts_of_two_vcenters_are_near_only_where_somebody_said_so(
    site: str, link_ms: float | None, reasons: list[str]
) -> None:
    abroad = EntityRef("other", "host-9")
    links = () if link_ms is None else (SiteLink(site_a=site, site_b=site, rtt_ms=link_ms),)
    inventory = make_inventory(
        [make_host("here", site=site), make_host("abroad", ref=abroad, site=site)],
        [make_vm("a", "here")],
        site_links=links,
    )
    assert ("abroad" in hosts_for(RULE, inventory)) is (reasons == [])
    found = caused_by_move([RULE], inventory, inventory.vm(ref("a")), inventory.host(abroad))
    assert [violation.reason for violation in found] == reasons
