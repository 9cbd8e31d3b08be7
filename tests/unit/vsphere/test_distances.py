"""How far sites are where nobody configured it: real connects on the loopback interface, and what is made of them."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.constraints.round_trip_time import RoundTripTime
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.vsphere.round_trips import round_trip_ms, round_trips_ms
from recommender.vsphere.sources.distances import EVERY, HOSTS_OF_A_SITE, DistanceInventorySource
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import hosts_for, reasons_against


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free: int = server.getsockname()[1]
    return free


def test_a_connect_is_a_round_trip_and_a_refused_one_is_unknown(port: int, closed_port: int) -> None:
    near = round_trip_ms("127.0.0.1", port)
    assert near is not None
    assert 0 < near < 1000
    assert round_trip_ms("127.0.0.1", closed_port) is None
    assert round_trip_ms("no.such.host.invalid", port) is None


def test_a_site_is_as_far_as_its_hosts_that_answer(port: int, closed_port: int) -> None:
    told = round_trips_ms({"east": ["127.0.0.1", "no.such.host.invalid"], "west": ["no.such.host.invalid"]}, port)
    assert told.keys() == {"east"}
    assert round_trips_ms({"east": ["127.0.0.1"]}, closed_port) == {}


class Told:
    """A source and a network, both by hand."""

    def __init__(self, inventory: Inventory, rtt_ms: Mapping[str, float]) -> None:
        self.inventory, self.rtt_ms = inventory, rtt_ms
        self.asked: list[dict[str, list[str]]] = []

    def read(self) -> Inventory:
        return self.inventory

    def measure(self, hosts_by_site: Mapping[str, Iterable[str]]) -> Mapping[str, float]:
        self.asked.append({site: list(hosts) for site, hosts in hosts_by_site.items()})
        return {site: self.rtt_ms[site] for site in hosts_by_site if site in self.rtt_ms}


def three_sites(*links: SiteLink) -> Inventory:
    hosts = [make_host(f"{site}-{number}", site=site) for site in ("east", "north", "west") for number in range(7)]
    return make_inventory(hosts, [make_vm("a", "east-0")], site_links=links)


def test_what_is_configured_wins_and_the_rest_is_the_way_by_here() -> None:
    configured = SiteLink(site_a="west", site_b="east", rtt_ms=3.0)
    told = Told(three_sites(configured), {"east": 0.42, "north": 80.0, "west": 7.0})
    inventory = DistanceInventorySource(told, told.measure).read()
    assert inventory.site_links == (
        configured,
        SiteLink(site_a="east", site_b="north", rtt_ms=80.5, is_measured=True),
        SiteLink(site_a="north", site_b="west", rtt_ms=87.0, is_measured=True),
    )
    assert {site: len(hosts) for site, hosts in told.asked[0].items()} == dict.fromkeys(
        ("east", "north", "west"), HOSTS_OF_A_SITE
    )


def test_too_far_is_refused_with_the_numbers_and_a_silent_site_as_unknown() -> None:
    told = Told(three_sites(), {"east": 0.5, "north": 170.0})
    inventory = DistanceInventorySource(told, told.measure).read()
    rule = RoundTripTime(max_rtt_ms=150.0)
    assert hosts_for(rule, inventory) == {f"east-{number}" for number in range(7)}
    assert reasons_against(rule, inventory, "north-1") == [
        "about 170.5 ms between site east and site north (measured), at most 150 ms"
    ]
    assert reasons_against(rule, inventory, "west-1") == ["unknown: round-trip time between site east and site west"]


def test_nothing_is_asked_where_everything_is_configured_and_again_only_after_a_while() -> None:
    lone = make_inventory([make_host("a")], [])
    told = Told(lone, {})
    DistanceInventorySource(told, told.measure).read()
    assert told.asked == []
    told = Told(three_sites(), {"east": 1.0, "north": 1.0})  # the third one is silent
    source = DistanceInventorySource(told, told.measure)
    began = told.inventory.taken_at
    for moment, asked in ((began, 1), (began + EVERY / 2, 1), (began + EVERY, 2), (began - timedelta(hours=1), 3)):
        told.inventory = replace(told.inventory, taken_at=moment)
        source.read()
        assert len(told.asked) == asked


def test_hosts_that_are_not_connected_are_not_asked() -> None:
    far = make_host("b", site="west", connection_state=ConnectionState.NOT_RESPONDING)
    told = Told(make_inventory([make_host("a", site="east"), far], []), {"east": 1.0, "west": 1.0})
    assert DistanceInventorySource(told, told.measure).read().site_links == ()
    assert told.asked == [{"east": ["a"]}]
