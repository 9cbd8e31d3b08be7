"""Very many VMs that leave with their disks: each is offered a part of the hosts, and none is called stuck for that."""

from collections import Counter
from dataclasses import replace

import pytest

from recommender.placement.disks import build
from recommender.placement.request import Goal
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.policy import MoveScope, Policy
from recommender.relocation_policy import RelocationPolicy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host

VMS, NEW_HOSTS = 24, 12


def test_all_leave_spread_over_the_new_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "MOST_PAIRS", 2 * NEW_HOSTS)
    monkeypatch.setattr(build, "FEWEST_PAIRS", 3)
    monkeypatch.setattr(build, "SOME_PAIRS", 3 * VMS)
    old = small_host("old", cpu=100_000, memory=100_000)
    new = [replace(small_host(f"new-{number}"), datastores=(ref("far"),)) for number in range(NEW_HOSTS)]
    policy = Policy(
        move_scope=MoveScope.VCENTER,
        relocation=RelocationPolicy(copy_disks=True),
        cpu_reserve_percent=0,
        memory_reserve_percent=0,
    )
    vms = [make_vm(f"v{number}", "old", cpu=1_000, memory=1_000) for number in range(VMS)]
    asked = request([old, *new], vms, policy=policy, goal=Goal.EVACUATE, evacuate=("old",))
    stores = tuple(replace(one, capacity_mib=2**24, free_mib=2**23) for one in asked.inventory.datastores)
    result = solve(replace(asked, inventory=replace(asked.inventory, datastores=stores)))
    assert result.status is SolveStatus.FEASIBLE
    assert result.unplaceable == ()
    used = Counter(move.destination for move in result.moves)
    assert sum(used.values()) == VMS
    assert max(used.values()) <= 4
