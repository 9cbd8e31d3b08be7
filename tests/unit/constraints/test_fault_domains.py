"""A group of VMs is spread over racks: no rack holds more than an even share, whatever moves at once."""

from collections.abc import Mapping

from recommender.constraints.fault_domains import FaultDomains
from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.answer import inventory_after
from recommender.placement.request import Goal
from recommender.placement.solve import solve
from recommender.policy import FaultDomainGroup, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against, told
from tests.unit.placement.questions import request, small_host

GROUP = FaultDomainGroup(name="db", domain="rack", vms=("db-*",))
RULE = FaultDomains((GROUP,))


def estate(places: Mapping[str, str], *, untagged: bool = False) -> Inventory:
    """Racks r1, r2 and r3 of two hosts each: r1a, r1b, r2a …"""
    hosts = [make_host(f"r{rack}{host}", tags=(f"rack/r{rack}", "other")) for rack in (1, 2, 3) for host in "ab"]
    hosts += [make_host("lost")] if untagged else []
    return make_inventory(hosts, [make_vm(vm, host) for vm, host in places.items()])


def open_to(inventory: Inventory, vm: str) -> set[str]:
    here = inventory.vm(ref(vm)).host
    others = [host.name for host in inventory.hosts if host.ref != here]
    return {host for host in others if not reasons_against(RULE, inventory, host, vm)}


def test_the_search_is_told_how_many_more_each_rack_takes() -> None:
    inventory = estate({"db-1": "r1a", "db-2": "r2a", "db-3": "r2b", "db-4": "r3a", "web": "r1a"}, untagged=True)
    racks = {"r1a": 0, "r1b": 0, "r2a": 1, "r2b": 1, "r3a": 2, "r3b": 2, "lost": -1}
    assert told(RULE, inventory, "db-1", "web", "db-2") == [("spread", "db", ["db-1", "db-2"], racks, [2, 1, 1])]


def test_a_free_place_is_for_whoever_has_to_leave() -> None:
    hosts = [small_host(f"r{rack}", tags=(f"rack/r{rack}",)) for rack in (1, 2, 3, 4)]
    vms = [make_vm(f"db-{number}", f"r{number}", cpu=100, memory=100) for number in (1, 2, 3)]
    for leaving in ("r1", "r2", "r3"):
        asked = request(hosts, vms, goal=Goal.EVACUATE, evacuate=(leaving,), policy=Policy(fault_domains=(GROUP,)))
        assert [move.destination.moid for move in solve(asked).moves] == ["r4"]


def test_places_that_others_leave_are_taken() -> None:
    hosts = [small_host(f"r{rack}", tags=(f"rack/r{rack}",)) for rack in (1, 2, 3)]
    vms = [make_vm("db-1", "r1", cpu=100, memory=100), make_vm("db-2", "r2", cpu=100, memory=100)]
    rules = (VmHostRule(name="must", vms=(ref("db-1"),), hosts=(ref("r2"),)),)
    asked = request(hosts, vms, policy=Policy(fault_domains=(GROUP,)), vm_host_rules=rules)
    assert {move.vm.moid: move.destination.moid for move in solve(asked).moves}["db-1"] == "r2"
    assert solve(asked).remaining_violations == ()


def test_a_rack_holds_an_even_share() -> None:
    inventory = estate({"db-1": "r1a", "db-2": "r2a", "web": "r2b"})
    assert open_to(inventory, "db-1") == {"r1b", "r3a", "r3b"}
    assert open_to(inventory, "web") == {"r1a", "r1b", "r2a", "r3a", "r3b"}
    assert reasons_against(RULE, inventory, "r2b", "db-1") == ["2 running VMs of the group are in r2, at most 1 may be"]
    assert reasons_against(RULE, inventory, "r3b", "db-1") == []


def test_more_members_than_racks_share_them_evenly() -> None:
    crowded = estate({"db-1": "r1a", "db-2": "r1b", "db-3": "r2a", "db-4": "r2b"})
    assert broken(RULE, crowded) == []
    assert open_to(crowded, "db-1") == {"r1b", "r3a", "r3b"}


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
    (reason,) = reasons_against(rule, inventory, "w", "e-1")
    assert reason == "2 running VMs of the group are in west, at most 1 may be"


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
