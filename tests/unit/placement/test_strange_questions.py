"""Questions about worlds that nobody would build have an answer that is true, and no traceback."""

from dataclasses import replace

import pytest

from recommender.inventory.affinity_rule import VmAntiAffinityRule, VmHostRule
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.conflicts.diagnosis import diagnose
from recommender.placement.consolidate import consolidate
from recommender.placement.new_vm import NewVm
from recommender.placement.place import place
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.placement.what_if import Change, what_if
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host

HUGE = 1_000_000_000
TWO = [small_host("h1"), small_host("h2")]
VM = make_vm("a", "h1", cpu=100, memory=100)
WORLDS = {
    "nothing at all": request([], []),
    "one host": request(TWO[:1], [VM]),
    "hosts without VMs": request(TWO, []),
    "zero demand everywhere": request(TWO, [make_vm(name, "h1", cpu=0, memory=0) for name in "abc"]),
    "unknown demand everywhere": request(TWO, [make_vm(name, "h1", cpu=None, memory=10) for name in "abc"]),
    "a VM of a petabyte": request(TWO, [make_vm("a", "h1", cpu=HUGE, memory=HUGE)]),
    "hosts of a petabyte": request([small_host(name, cpu=HUGE, memory=HUGE) for name in ("h1", "h2")], [VM]),
    "hosts without capacity": request([small_host(name, cpu=0, memory=0) for name in ("h1", "h2")], [VM]),
    "all in maintenance": request([replace(host, in_maintenance=True) for host in TWO], [VM]),
    "nothing runs": request(TWO, [replace(VM, power_state=PowerState.POWERED_OFF)]),
    "rules about things that are not there": request(
        TWO,
        [VM],
        vm_anti_affinity_rules=(VmAntiAffinityRule(name="r", vms=(ref("x"), ref("y"))),),
        vm_host_rules=(VmHostRule(name="s", vms=(ref("a"),), hosts=(ref("x"),)),),
    ),
}
BROKEN = {"a VM of a petabyte", "hosts without capacity", "all in maintenance", "rules about things that are not there"}


@pytest.mark.parametrize("world", WORLDS)
def test_balance_says_what_is_true(world: str) -> None:
    asked = replace(WORLDS[world], with_curve=True)
    result = solve(asked)
    if world in BROKEN:
        assert (result.status, result.bound) == (SolveStatus.INFEASIBLE, None)
        assert diagnose(asked, result) is not None
        assert result.remaining_violations
    else:
        assert result.status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE, SolveStatus.NOTHING_TO_DO)
        assert result.bound is None or result.bound <= result.objective.total
        assert result.remaining_violations == ()


@pytest.mark.parametrize("world", WORLDS)
def test_evacuating_everything_is_impossible_unless_nothing_is_there(world: str) -> None:
    hosts = tuple(host.ref for host in WORLDS[world].inventory.hosts)
    asked = replace(WORLDS[world], goal=Goal.EVACUATE, evacuate=hosts)
    is_empty = not asked.inventory.virtual_machines
    result = solve(asked)
    assert (result.status is SolveStatus.NOTHING_TO_DO) is is_empty
    assert (diagnose(asked, result) is None) is is_empty


@pytest.mark.parametrize("world", WORLDS)
def test_other_questions_have_an_answer_too(world: str) -> None:
    asked = WORLDS[world]
    assert consolidate(asked).hosts_on <= len(asked.inventory.hosts)
    lost = tuple(host.ref for host in asked.inventory.hosts[:1])
    answer = what_if(asked, Change(lost_hosts=lost, demand_percent=100))
    assert answer.after.curve
    new = NewVm(name="n", vcpus=1, memory_mib=1, cpu_demand_mhz=1)
    (placed,) = place(asked, [], [new]).placed
    assert (placed.host is None) is not _has_room_anywhere(asked)


def _has_room_anywhere(asked: PlacementRequest) -> bool:
    return any(host.is_available and _has_room_on(asked.inventory, host) for host in asked.inventory.hosts)


def _has_room_on(inventory: Inventory, host: Host) -> bool:
    vms = [vm for vm in inventory.vms_on(host.ref) if vm.is_powered_on]
    demands = [vm.cpu_demand_mhz for vm in vms]
    is_known = None not in demands
    return is_known and sum(vm.memory_mib for vm in vms) < host.memory_mib
