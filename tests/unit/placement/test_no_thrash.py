"""No thrash, as an invariant: an answer that was carried out is not touched again, nor taken back by noise."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.placement.answer import inventory_after
from recommender.placement.engine.seeded_numbers import uniform
from recommender.placement.request import PlacementRequest, SolveLimits
from recommender.placement.result import PlacementResult
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import ref
from tests.unit.placement.skewed_cluster import skewed_cluster

NOISE = 0.05
LIMITS = SolveLimits(rounds=1, deterministic_s=0.02)


def asked(inventory: Inventory) -> PlacementResult:
    return solve(PlacementRequest(inventory=inventory, policy=Policy(), limits=LIMITS))


@cache
def first_answer() -> PlacementResult:
    answer = asked(skewed_cluster())
    assert len(answer.moves) > 3
    assert not answer.remaining_violations
    return answer


def noisy(inventory: Inventory, seed: int) -> Inventory:
    """Every CPU demand up to 5 % higher or lower."""
    factors = 1 + NOISE * (2 * uniform(len(inventory.virtual_machines), seed) - 1)
    return replace(
        inventory,
        virtual_machines=tuple(
            replace(vm, load=replace(vm.load, cpu_demand_mhz=round((vm.load.cpu_demand_mhz or 0) * factor)))
            for vm, factor in zip(inventory.virtual_machines, factors, strict=True)
        ),
    )


def test_recommends_nothing_on_its_own_result() -> None:
    again = asked(inventory_after(skewed_cluster(), first_answer().moves))
    assert again.moves == ()


@pytest.mark.parametrize("seed", range(20))
def test_noise_takes_no_move_back(seed: int) -> None:
    before = {move.vm: move.source for move in first_answer().moves}
    answer = asked(noisy(inventory_after(skewed_cluster(), first_answer().moves), seed))
    assert [move.vm for move in answer.moves if before.get(move.vm) == move.destination] == []


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_inventory_does_not_matter(seed: int) -> None:
    cluster = ruled_cluster()
    before, shuffled = asked(cluster), asked(in_another_order(cluster, seed))
    assert before.moves
    assert shuffled.objective.total == pytest.approx(before.objective.total, rel=1e-12)
    assert len(shuffled.remaining_violations) == len(before.remaining_violations) == 0


@cache
def ruled_cluster() -> Inventory:
    """With rules, and half of the VMs on a second datastore."""
    cluster = skewed_cluster()
    vms = tuple(
        replace(vm, datastores=(ref("other"),), disks=(replace(vm.disks[0], datastore=ref("other")),))
        if number % 2
        else vm
        for number, vm in enumerate(cluster.virtual_machines)
    )
    refs, stores = [vm.ref for vm in vms], (*cluster.datastores, replace(cluster.datastores[0], ref=ref("other")))
    return replace(
        cluster,
        hosts=tuple(replace(host, datastores=tuple(store.ref for store in stores)) for host in cluster.hosts),
        virtual_machines=vms,
        datastores=stores,
        vm_anti_affinity_rules=tuple(
            VmAntiAffinityRule(name=f"apart {first}", vms=tuple(refs[first : first + 4])) for first in (0, 20, 40)
        ),
        vm_affinity_rules=(VmAffinityRule(name="together", vms=tuple(refs[60:63])),),
    )


def in_another_order(inventory: Inventory, seed: int) -> Inventory:
    names = ("hosts", "virtual_machines", "datastores", "vm_anti_affinity_rules", "vm_affinity_rules")
    changes: dict[str, Any] = {}
    for name in names:
        entries = getattr(inventory, name)
        changes[name] = tuple(entries[place] for place in np.argsort(uniform(len(entries), seed)))
    return replace(inventory, **changes)
