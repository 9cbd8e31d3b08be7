"""A VM's networks must be reached where it goes."""

import pytest

from recommender.constraints.network_reachable import NetworkReachable
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network
from recommender.inventory.virtual_machine import PowerState
from recommender.relocation_policy import NetworkMapping
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = NetworkReachable()


def vm_on_networks(*networks: str, power: PowerState = PowerState.POWERED_ON) -> Inventory:
    hosts = [
        make_host("both", networks=(ref("web"), ref("db"))),
        make_host("web only", networks=(ref("web"),)),
        make_host("none", networks=()),
    ]
    return make_inventory(hosts, [make_vm("a", "both", networks=tuple(map(ref, networks)), power_state=power)])


@pytest.mark.parametrize(
    ("networks", "allowed"),
    [
        (("web", "db"), {"both"}),
        (("web",), {"both", "web only"}),
        ((), {"both", "web only", "none"}),
    ],
)
def test_a_vm_goes_only_where_all_its_networks_are(networks: tuple[str, ...], allowed: set[str]) -> None:
    inventory = vm_on_networks(*networks)
    assert hosts_for(RULE, inventory) == allowed
    for host in ("web only", "none"):
        assert (reasons_against(RULE, inventory, host) == []) is (host in allowed)


def test_a_refusal_counts_and_names_what_is_missing() -> None:
    inventory = vm_on_networks("web", "db")
    assert reasons_against(RULE, inventory, "web only") == ["1 of 2 networks are not reached: db"]
    assert reasons_against(RULE, inventory, "none") == ["2 of 2 networks are not reached: web, db"]


@pytest.mark.parametrize("power", PowerState)
def test_a_vm_that_does_not_run_is_connected_too(power: PowerState) -> None:
    assert hosts_for(RULE, vm_on_networks("db", power=power)) == {"both"}


def test_both_ends_of_a_migration_are_looked_at() -> None:
    inventory = vm_on_networks("db")
    assert broken(RULE, inventory) == []
    assert broken(RULE, inventory.with_in_flight(flight("a", "none"))) == ["1 of 1 networks are not reached: db"]


def test_a_network_unknown_to_the_inventory_is_told_by_its_reference() -> None:
    inventory = make_inventory([make_host("h", networks=())], [make_vm("a", "h")], networks=())
    assert broken(RULE, inventory) == ["1 of 1 networks are not reached: vc/net"]


def mapped(*pairs: tuple[str, str]) -> NetworkReachable:
    return NetworkReachable(tuple(NetworkMapping(source=source, destination=there) for source, there in pairs))


def two_networks_called_the_same() -> Inventory:
    networks = [
        Network(ref=ref("db"), name="db", datacenter="east"),
        Network(ref=ref("w1"), name="db west", datacenter="west"),
        Network(ref=ref("w2"), name="db west", datacenter="west"),
        Network(ref=ref("up"), name="uplinks", datacenter="west", is_uplink=True),
    ]
    hosts = [
        make_host("here", networks=(ref("db"),)),
        make_host("one", networks=(ref("w1"),)),
        make_host("both", networks=(ref("w1"), ref("w2"))),
        make_host("uplink", networks=(ref("up"),)),
    ]
    return make_inventory(hosts, [make_vm("a", "here", networks=(ref("db"),))], networks=tuple(networks))


@pytest.mark.parametrize(
    ("pairs", "allowed"),
    [
        ([], {"here"}),
        ([("db", "db west")], {"here", "one"}),  # which of two is meant is not guessed
        ([("east/db", "west/db west")], {"here", "one"}),
        ([("west/db", "db west")], {"here"}),
        ([("db", "elsewhere"), ("db", "db west")], {"here", "one"}),
        ([("db", "uplinks")], {"here"}),
        ([("other", "db west")], {"here"}),
    ],
)
def test_a_network_may_stand_for_another(pairs: list[tuple[str, str]], allowed: set[str]) -> None:
    inventory, rule = two_networks_called_the_same(), mapped(*pairs)
    assert hosts_for(rule, inventory) == allowed
    for host in ("one", "both", "uplink"):
        assert (reasons_against(rule, inventory, host) == []) is (host in allowed)
