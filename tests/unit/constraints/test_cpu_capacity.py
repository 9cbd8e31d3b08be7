"""CPU demand and reservations against a host's capacity less its reserve, at both ends of a migration."""

import pytest

from recommender.constraints.cpu_capacity import CpuCapacity
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState, VirtualMachine
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against, told

RULE = CpuCapacity(reserve_percent=5)


def hosts_of_10_ghz(*vms: VirtualMachine) -> Inventory:
    return make_inventory([make_host("h1", cpu_mhz=10_000), make_host("h2", cpu_mhz=10_000)], vms)


@pytest.mark.parametrize(("demand", "fits"), [(4500, True), (4501, False)])
def test_demand_may_reach_the_line_but_not_pass_it(demand: int, fits: bool) -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=demand), make_vm("b", "h2", cpu=5000))
    assert (reasons_against(RULE, inventory, "h2") == []) is fits
    assert hosts_for(RULE, inventory) == {"h1", "h2"}, "one VM alone cannot tell"


def test_a_refusal_tells_demand_limit_and_capacity() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=5001), make_vm("b", "h2", cpu=5000))
    assert reasons_against(RULE, inventory, "h2") == [
        "CPU demand of 2 VMs: 10,001 MHz, at most 9,500 MHz (95 % of 10,000 MHz)"
    ]


def test_reservations_count_apart_from_demand() -> None:
    vms = [make_vm(name, host, cpu=0, cpu_reservation_mhz=5000) for name, host in (("a", "h1"), ("b", "h2"))]
    assert reasons_against(RULE, hosts_of_10_ghz(*vms), "h2") == [
        "CPU reservations of 2 VMs: 10,000 MHz, at most 9,500 MHz (95 % of 10,000 MHz)"
    ]


@pytest.mark.parametrize("power", [PowerState.POWERED_OFF, PowerState.SUSPENDED])
def test_vms_that_do_not_run_ask_for_nothing(power: PowerState) -> None:
    running = make_vm("b", "h2", cpu=9500)
    cold = make_vm("a", "h1", cpu=9000, cpu_reservation_mhz=9000, power_state=power)
    inventory = hosts_of_10_ghz(cold, running)
    assert reasons_against(RULE, inventory, "h2") == []
    assert reasons_against(RULE, inventory, "h1", "b") == []


def test_a_full_source_may_be_left() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=9000), make_vm("b", "h1", cpu=9000))
    assert len(broken(RULE, inventory)) == 1
    assert reasons_against(RULE, inventory, "h2") == []


def test_nothing_more_is_brought_to_a_host_that_is_too_full_already() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=1), make_vm("b", "h2", cpu=9000), make_vm("c", "h2", cpu=9000))
    assert len(reasons_against(RULE, inventory, "h2")) == 1


def test_a_vm_in_flight_holds_room_at_both_ends() -> None:
    vms = [make_vm("a", "h1", cpu=5000), make_vm("b", "h1", cpu=1000), make_vm("c", "h2", cpu=4000)]
    inventory = hosts_of_10_ghz(*vms)
    moving = inventory.with_in_flight(flight("a", "h2"))
    assert reasons_against(RULE, inventory, "h2", "b") == []
    assert len(reasons_against(RULE, moving, "h2", "b")) == 1, "a is about to arrive at h2"
    assert len(reasons_against(RULE, moving, "h1", "c")) == 1, "a has not left h1 yet"


def test_a_vm_of_unknown_demand_may_stay_but_goes_nowhere() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=None))
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "h2") == ["unknown: CPU demand of 1 of 1 VMs there (first: a)"]
    assert [found.is_unknown for found in RULE.violations(inventory, inventory.virtual_machines)] == [True]


def test_nothing_is_brought_to_a_host_that_holds_a_vm_of_unknown_demand() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1"), make_vm("b", "h2", cpu=None), make_vm("c", "h2"))
    assert hosts_for(RULE, inventory) == {"h1"}
    assert reasons_against(RULE, inventory, "h2") == ["unknown: CPU demand of 1 of 3 VMs there (first: b)"]
    assert reasons_against(RULE, inventory, "h1", "c") == [], "leaving it is free"


def test_a_vm_of_unknown_demand_on_its_way_there_counts() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1"), make_vm("b", "h1", cpu=None)).with_in_flight(flight("b", "h2"))
    assert hosts_for(RULE, inventory) == set()
    assert len(reasons_against(RULE, inventory, "h2")) == 1


def test_the_policy_may_permit_the_unknown_which_then_counts_as_nothing() -> None:
    permitting = CpuCapacity(reserve_percent=5, unknown_permitted=True)
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=None), make_vm("b", "h2", cpu=9500))
    assert hosts_for(permitting, inventory) == {"h1", "h2"}
    assert reasons_against(permitting, inventory, "h2") == []


def test_a_reserve_of_everything_leaves_no_room() -> None:
    none_left = CpuCapacity(reserve_percent=100)
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=1))
    assert reasons_against(none_left, inventory, "h2") == [
        "CPU demand of 1 VMs: 1 MHz, at most 0 MHz (0 % of 10,000 MHz)"
    ]


def test_the_solver_is_told_of_demand_and_reservations_with_what_stays_charged() -> None:
    inventory = hosts_of_10_ghz(
        make_vm("a", "h1", cpu=1000, cpu_reservation_mhz=100),
        make_vm("b", "h2", cpu=2000, cpu_reservation_mhz=200),
        make_vm("cold", "h1", cpu=4000, cpu_reservation_mhz=400, power_state=PowerState.POWERED_OFF),
        make_vm("moving", "h1", cpu=500, cpu_reservation_mhz=50),
    ).with_in_flight(flight("moving", "h2"))
    assert told(RULE, inventory, "a", "cold") == [
        ("capacity", "cpu_capacity", [1000.0, 0.0], [9500.0 - 500, 9500.0 - 2500]),
        ("capacity", "cpu_capacity_reservation", [100.0, 0.0], [9500.0 - 50, 9500.0 - 250]),
    ]


def test_only_the_hosts_of_the_vms_asked_about_are_looked_at() -> None:
    inventory = hosts_of_10_ghz(make_vm("a", "h1", cpu=9900), make_vm("b", "h2", cpu=9900))
    found = list(RULE.violations(inventory, [inventory.vm(ref("b"))]))
    assert [violation.host for violation in found] == [ref("h2")]
    assert len(broken(RULE, inventory)) == 2
