"""Memory of running VMs, as configured or as consumed, against a host's memory less its reserve."""

import pytest

from recommender.constraints.memory_capacity import MemoryCapacity
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import VmLoad
from recommender.inventory.virtual_machine import PowerState, VirtualMachine
from recommender.policy import MemoryBasis
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against, told

RULE = MemoryCapacity(reserve_percent=10)
CONSUMED = MemoryCapacity(reserve_percent=10, basis=MemoryBasis.CONSUMED)


def hosts_of_10_000_mib(*vms: VirtualMachine) -> Inventory:
    return make_inventory([make_host(name, memory_mib=10_000) for name in ("h1", "h2")], vms)


@pytest.mark.parametrize(("memory", "fits"), [(4000, True), (4001, False)])
def test_memory_may_reach_the_line_but_not_pass_it(memory: int, fits: bool) -> None:
    inventory = hosts_of_10_000_mib(make_vm("a", "h1", memory=memory), make_vm("b", "h2", memory=5000))
    assert (reasons_against(RULE, inventory, "h2") == []) is fits


def test_a_refusal_tells_memory_limit_and_capacity() -> None:
    inventory = hosts_of_10_000_mib(make_vm("a", "h1", memory=4096), make_vm("b", "h2", memory=8192))
    assert reasons_against(RULE, inventory, "h2") == [
        "memory demand of 2 VMs: 12,288 MiB, at most 9,000 MiB (90 % of 10,000 MiB)"
    ]


def test_by_consumption_a_large_idle_vm_is_small() -> None:
    idle = make_vm("a", "h1", memory=8000, load=VmLoad(memory_consumed_mib=500))
    inventory = hosts_of_10_000_mib(idle, make_vm("b", "h2", memory=8000))
    assert len(reasons_against(RULE, inventory, "h2")) == 1
    assert reasons_against(CONSUMED, inventory, "h2") == []


def test_reservations_count_by_consumption_too() -> None:
    vms = [
        make_vm(name, host, memory=8000, memory_reservation_mib=5000, load=VmLoad(memory_consumed_mib=500))
        for name, host in (("a", "h1"), ("b", "h2"))
    ]
    assert reasons_against(CONSUMED, hosts_of_10_000_mib(*vms), "h2") == [
        "memory reservations of 2 VMs: 10,000 MiB, at most 9,000 MiB (90 % of 10,000 MiB)"
    ]


def test_unknown_consumption_matters_only_by_consumption() -> None:
    inventory = hosts_of_10_000_mib(make_vm("a", "h1", load=VmLoad()))
    assert hosts_for(RULE, inventory) == {"h1", "h2"}
    assert reasons_against(RULE, inventory, "h2") == []
    assert hosts_for(CONSUMED, inventory) == set()
    assert reasons_against(CONSUMED, inventory, "h2") == ["unknown: memory demand of 1 of 1 VMs there (first: a)"]
    permitting = MemoryCapacity(reserve_percent=10, basis=MemoryBasis.CONSUMED, unknown_permitted=True)
    assert hosts_for(permitting, inventory) == {"h1", "h2"}
    assert reasons_against(permitting, inventory, "h2") == []


def test_a_suspended_vm_holds_no_memory() -> None:
    vms = [
        make_vm("a", "h1", memory=8000, power_state=PowerState.SUSPENDED),
        make_vm("b", "h2", memory=8000),
        make_vm("c", "h2", memory=8000, power_state=PowerState.POWERED_OFF),
    ]
    inventory = hosts_of_10_000_mib(*vms)
    assert broken(RULE, inventory) == []
    assert reasons_against(RULE, inventory, "h2") == []


@pytest.mark.parametrize(("rule", "demand"), [(RULE, 4000.0), (CONSUMED, 300.0)])
def test_the_solver_is_told_of_memory_on_the_same_basis(rule: MemoryCapacity, demand: float) -> None:
    free = make_vm("a", "h1", memory=4000, load=VmLoad(memory_consumed_mib=300), memory_reservation_mib=100)
    stays = make_vm("b", "h2", memory=4000, load=VmLoad(memory_consumed_mib=300))
    assert told(rule, hosts_of_10_000_mib(free, stays), "a") == [
        ("capacity", "memory_capacity", [demand], [9000.0, 9000.0 - demand]),
        ("capacity", "memory_capacity_reservation", [100.0], [9000.0, 9000.0]),
    ]
