"""No thrash, as an invariant: an answer that was carried out is not touched again, nor taken back by noise."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.inventory.inventory import Inventory
from recommender.placement.answer import inventory_after
from recommender.placement.request import PlacementRequest, SolveLimits
from recommender.placement.result import PlacementResult
from recommender.placement.seeded_numbers import uniform
from recommender.placement.solve import solve
from recommender.policy import Policy
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


def test_the_order_of_the_inventory_does_not_matter() -> None:
    cluster = skewed_cluster()
    order = np.argsort(uniform(len(cluster.virtual_machines), 3))
    shuffled = replace(
        cluster,
        virtual_machines=tuple(cluster.virtual_machines[place] for place in order),
        hosts=tuple(reversed(cluster.hosts)),
    )
    assert asked(shuffled).objective.total == pytest.approx(first_answer().objective.total, rel=1e-12)
