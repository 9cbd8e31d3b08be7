"""A group of VMs is spread over racks: no rack holds more than an even share, whatever moves at once."""

from collections.abc import Mapping

from recommender.constraints.fault_domains import FaultDomains
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.answer import inventory_after
from recommender.placement.request import Goal
from recommender.placement.solve import solve
from recommender.policy import FaultDomainGroup, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against
from tests.unit.placement.questions import request, small_host

GROUP = FaultDomainGroup(name="db", domain="rack", vms=("db-*",))
RULE = FaultDomains((GROUP,))


def estate(places: Mapping[str, str], *, untagged: bool = False) -> Inventory:
    """Racks r1, r2 and r3 of two hosts each: r1a, r1b, r2a …"""
    hosts = [make_host(f"r{rack}{host}", tags=(f"rack/r{rack}", "other")) for rack in (1, 2, 3) for host in "ab"]
    hosts += [make_host("lost")] if untagged else []
    return make_inventory(hosts, [make_vm(vm, host) for vm, host in places.items()])


def test_a_rack_holds_an_even_share() -> None:
    inventory = estate({"db-1": "r1a", "db-2": "r2a", "web": "r2b"})
    assert hosts_for(RULE, inventory, "db-1") == {"r1a", "r1b", "r3a", "r3b"}
    assert hosts_for(RULE, inventory, "web") == {"r1a", "r1b", "r2a", "r2b", "r3a", "r3b"}
    assert reasons_against(RULE, inventory, "r2b", "db-1") == ["2 running VMs of the group are in r2, at most 1 may be"]
    assert reasons_against(RULE, inventory, "r3b", "db-1") == []


def test_more_members_than_racks_share_them_evenly() -> None:
    crowded = estate({"db-1": "r1a", "db-2": "r1b", "db-3": "r2a", "db-4": "r2b"})
    assert broken(RULE, crowded) == []
    assert hosts_for(RULE, crowded, "db-1") == {"r1a", "r1b", "r3a", "r3b"}


def test_members_under_way_count_at_both_ends_and_those_that_do_not_run_at_none() -> None:
    inventory = estate({"db-1": "r1a", "db-2": "r2a"}).with_in_flight(flight("db-2", "r1b"))
    assert len(broken(RULE, inventory)) == 1
    host = make_host("r1a", tags=("rack/r1",))
    off = make_inventory([host], [make_vm("db-1", "r1a", power_state=PowerState.POWERED_OFF), make_vm("db-2", "r1a")])
    assert broken(RULE, off) == []


def test_a_host_of_no_known_rack_takes_no_member() -> None:
    inventory = estate({"db-1": "r1a"}, untagged=True)
    assert "lost" not in hosts_for(RULE, inventory, "db-1")
    assert reasons_against(RULE, inventory, "lost", "db-1") == ["unknown: in which rack the host is"]
    assert "lost" in hosts_for(FaultDomains((GROUP,), unknown_permitted=True), inventory, "db-1")


def test_sites_are_domains_too() -> None:
    rule = FaultDomains((FaultDomainGroup(name="db", domain="site", tags=("gold",)),))
    hosts = [make_host("e", site="east"), make_host("w", site="west")]
    inventory = make_inventory(hosts, [make_vm(vm, vm[0], tags=("gold",)) for vm in ("e-1", "w-1")])
    assert hosts_for(rule, inventory, "e-1") == {"e"}


def test_an_answer_mends_a_broken_spread_and_never_crowds_a_rack() -> None:
    hosts = [small_host(f"r{rack}{host}", tags=(f"rack/r{rack}",)) for rack in (1, 2, 3) for host in "ab"]
    vms = [make_vm(f"db-{number}", "r1a", cpu=2000, memory=1000) for number in range(5)]
    policy = Policy(fault_domains=(GROUP,))
    mended = request(hosts, vms, policy=policy)
    result = solve(mended)
    assert result.remaining_violations == ()
    assert broken(RULE, inventory_after(mended.inventory, result.moves)) == []
    assert len(result.moves) >= 3

    spread = inventory_after(mended.inventory, result.moves)
    emptied = request(hosts, list(spread.virtual_machines), goal=Goal.EVACUATE, evacuate=("r1a",), policy=policy)
    after = inventory_after(emptied.inventory, solve(emptied).moves)
    assert broken(RULE, after) == []
    assert all(vm.host != ref("r1a") for vm in after.virtual_machines)
