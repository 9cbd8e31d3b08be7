"""The bound of the objective, against sums done by hand."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.inventory import Inventory
from recommender.objectives.load_balance import LoadBalance
from recommender.objectives.overload import Overload
from recommender.placement.engine import bound as bounds
from recommender.placement.engine.bound import lower_bound
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import SearchState
from tests.inventories import make_inventory, make_vm, ref
from tests.unit.placement.problems import problem_of, problem_of_costs
from tests.unit.placement.questions import request, small_host
from tests.unit.placement.skewed_cluster import skewed_cluster

BALANCE = LoadBalance(weight=1000.0)


def two_hosts(*cpu: int) -> Inventory:
    """VMs of such demand, all on the first of two hosts of 10,000 MHz."""
    vms = [make_vm(f"vm-{number}", "h1", cpu=mhz, memory=0) for number, mhz in enumerate(cpu)]
    return make_inventory([small_host("h1"), small_host("h2")], vms)


def test_is_the_cost_of_an_even_load_where_moving_costs_nothing() -> None:
    # 6,000 MHz divided evenly: 2 · 1000 · 0.3² = 180. No placement reaches it: 2,000 and 4,000 cost 200.
    problem = problem_of_costs(two_hosts(2000, 4000), BALANCE)
    bound = lower_bound(SearchState(problem, np.array([0, 1])), SearchRun())
    assert bound is not None
    assert 179.9 < bound.value <= 180.0 + 1e-9


def test_counts_what_moving_costs() -> None:
    # Moving costs 50 a VM; by the MHz the VM of 4,000 is cheaper, at 0.0125. L MHz of it move until
    # 1000 · 2 · (6,000 − 2L) / 10,000² = 0.0125, that is L = 2,687.5:
    # 1000 · (0.33125² + 0.26875²) + 0.0125 · 2,687.5 = 215.547
    problem = problem_of_costs(two_hosts(2000, 4000), BALANCE)
    problem = replace(problem, pair_cost=np.array([[0.0, 50.0], [0.0, 50.0]]))
    bound = lower_bound(SearchState(problem, np.array([0, 1])), SearchRun())
    assert bound is not None
    assert 215.4 < bound.value <= 215.547


def test_counts_the_overload_that_no_placement_avoids() -> None:
    # 19,000 MHz on 20,000: evenly 0.95 each, 2 · 20,000 · (0.95 − 0.85) = 4,000, and 2 · 1000 · 0.95² = 1,805.
    problem = problem_of_costs(two_hosts(9500, 9500), BALANCE, Overload(weight=20_000.0, line=0.85))
    bound = lower_bound(SearchState(problem, np.array([0, 1])), SearchRun())
    assert bound is not None
    assert bound.value == pytest.approx(5805.0, rel=1e-3)
    assert bound.value <= 5805.0 + 1e-6


def test_is_exact_where_nothing_may_move() -> None:
    inventory = make_inventory([small_host("h1")], [make_vm("a", "h1", cpu=5000, memory=0)])
    problem = problem_of_costs(replace(inventory, virtual_machines=()), BALANCE)
    problem = replace(problem, fixed=np.array([[5000.0], [0.0]]))
    bound = lower_bound(SearchState(problem), SearchRun())
    assert bound is not None
    assert bound.value == pytest.approx(250.0)


def test_there_is_none_where_a_vm_may_be_nowhere() -> None:
    problem = problem_of_costs(two_hosts(2000), BALANCE)
    nowhere = replace(problem, masks=np.zeros_like(problem.masks))
    assert lower_bound(SearchState(nowhere), SearchRun()) is None


def test_what_can_be_nowhere_else_is_a_load_that_no_price_takes_away() -> None:
    vms = [make_vm("a", "h1", cpu=6000, memory=100), make_vm("b", "h1", cpu=3000, memory=100)]
    must = VmHostRule(name="m", vms=(ref("a"), ref("b")), hosts=(ref("h1"),))
    asked = request([small_host("h1"), small_host("h2")], vms, vm_host_rules=(must,))
    problem = problem_of(asked)
    assert problem.least_load[0].tolist() == [9000.0, 0.0]
    bound = lower_bound(SearchState(problem), SearchRun())
    assert bound is not None
    assert bound.value == pytest.approx(SearchState(problem).cost())


def test_few_looks_at_everything_prove_most_where_the_narrow_stages_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of_costs(skewed_cluster(), BALANCE, Overload(weight=20_000.0, line=0.85))
    pairs = problem.items * len(problem.hosts)

    def proven(most_pairs: list[int]) -> tuple[float, int]:
        stages = [replace(one, most_pairs=most) for one, most in zip(bounds.STAGES, most_pairs, strict=True)]
        monkeypatch.setattr(bounds, "STAGES", stages)
        run = SearchRun()
        found = lower_bound(SearchState(problem), run)
        assert found is not None
        return found.value, run.rounds

    as_of_100_million = [one.most_pairs * pairs // 100_000_000 for one in bounds.STAGES]
    value, rounds = proven(as_of_100_million)
    evenly, rounds_evenly = proven([3 * pairs] * len(bounds.STAGES))
    assert (rounds, rounds_evenly) == (13, 12)
    assert value > evenly
