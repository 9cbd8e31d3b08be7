"""Annealing leaves a local optimum and never a legal placement."""

import numpy as np
import pytest

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.placement.anneal import anneal
from recommender.placement.descent import descend
from recommender.placement.search_state import SearchState
from tests.inventories import make_vm, ref
from tests.unit.placement.problems import problem_of
from tests.unit.placement.questions import request, small_host


def crowded() -> SearchState:
    """40 VMs of uneven size on 5 hosts, 9/10 full and the last the busiest, some of them to be separated."""
    hosts = [small_host(f"h{number}", cpu=20_000, memory=20_000) for number in range(5)]
    vms = [
        make_vm(f"vm-{n}", f"h{n // 8}", cpu=100 + 300 * (n // 8) + 41 * (n % 7), memory=1500 + 250 * (n % 6))
        for n in range(40)
    ]
    rules = tuple(
        VmAntiAffinityRule(name=f"r{first}", vms=tuple(ref(f"vm-{first + step}") for step in (0, 10, 20, 30)))
        for first in range(5)
    )
    return SearchState(problem_of(request(hosts, vms, vm_anti_affinity_rules=rules)))


@pytest.mark.parametrize("seed", range(5))
def test_the_placement_stays_legal_and_gets_no_dearer(seed: int) -> None:
    state = crowded()
    assert state.is_legal()
    before = state.cost()
    anneal(state, 5000, seed)
    assert state.is_legal()
    assert state.cost() < before
    assert state.cost() == pytest.approx(SearchState(state.problem, state.place).cost())


def test_the_same_seed_leads_to_the_same_placement() -> None:
    one, other = crowded(), crowded()
    anneal(one, 3000, seed=7)
    anneal(other, 3000, seed=7)
    assert np.array_equal(one.place, other.place)


def test_a_swap_is_found_where_no_single_move_fits() -> None:
    vms = [make_vm(name, "h1", cpu=4000, memory=5000) for name in "ab"]
    vms += [make_vm(name, "h2", cpu=100, memory=5000) for name in "cd"]
    state = SearchState(problem_of(request([small_host("h1"), small_host("h2")], vms)))
    before = state.cost()
    descend(state)
    assert state.cost() == before
    anneal(state, 200, seed=1)
    assert state.cost() < before
    assert sorted(np.bincount(state.place).tolist()) == [2, 2]


def test_nothing_to_try_changes_nothing() -> None:
    state = crowded()
    places = state.place.copy()
    anneal(state, 0, seed=0)
    assert np.array_equal(state.place, places)
