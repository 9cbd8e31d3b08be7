"""How many vCPUs a host runs for each core."""

from recommender.constraints.vcpu_ratio import VcpuRatio
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, flight, reasons_against, told

RULE = VcpuRatio(most_per_core=2.0)


def estate(power: PowerState = PowerState.POWERED_ON) -> Inventory:
    hosts = [make_host("here", cores=4), make_host("there", cores=4)]
    return make_inventory(hosts, [make_vm("a", "here", vcpus=3, power_state=power), make_vm("b", "there", vcpus=6)])


def test_a_host_takes_so_many_and_no_more() -> None:
    assert reasons_against(RULE, estate(), "there") == ["9 vCPUs of 2 VMs on 4 cores, at most 2 for each core"]
    assert reasons_against(VcpuRatio(2.25), estate(), "there") == []


def test_it_is_told_as_a_capacity_beside_what_stands_still() -> None:
    assert told(RULE, estate(), "a") == [("capacity", "vcpu_ratio", [3.0], [8.0, 2.0])]


def test_what_does_not_run_needs_none_and_what_is_in_flight_counts_twice() -> None:
    assert reasons_against(RULE, estate(PowerState.POWERED_OFF), "there") == []
    assert len(broken(RULE, estate().with_in_flight(flight("a", "there")))) == 1


def test_without_a_limit_it_says_nothing() -> None:
    assert told(VcpuRatio(), estate(), "a") == []
    assert broken(VcpuRatio(), estate()) == []
