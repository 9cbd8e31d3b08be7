"""A placement from prices, and climbing towards good prices."""

from dataclasses import replace

import numpy as np

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.objectives.load_balance import LoadBalance
from recommender.placement.engine.bound import lower_bound
from recommender.placement.engine.descent import descend
from recommender.placement.engine.quasi_newton import climb
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.start_by_price import start_by_price
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Floats
from tests.inventories import make_inventory, make_vm
from tests.unit.placement.problems import problem_of, problem_of_costs
from tests.unit.placement.questions import request, small_host

BALANCE = LoadBalance(weight=1000.0)


def test_takes_those_that_pay_at_the_prices_of_the_end() -> None:
    # The VM of 4,000 comes first and gains 264 for its cost of 60; then none of the others pays. At the prices
    # of an even load the three small ones pay and the big one does not.
    vms = [make_vm(f"vm-{n}", "h1", cpu=mhz, memory=0) for n, mhz in enumerate((4000, 1000, 1100, 1200))]
    problem = problem_of_costs(make_inventory([small_host("h1"), small_host("h2")], vms), BALANCE)
    problem = replace(problem, pair_cost=np.array([[0.0, 60.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]))
    descended = SearchState(problem)
    descend(descended, SearchRun())
    priced = lower_bound(descended, SearchRun())
    assert priced is not None
    found = start_by_price(problem, priced.prices)
    assert found.place.tolist() == [0, 1, 1, 1]
    assert found.cost() < descended.cost() - 50
    assert priced.value <= found.cost()


def test_keeps_those_apart_that_have_to_be() -> None:
    vms = [make_vm(name, "h1", cpu=3000, memory=0) for name in ("a", "b")]
    rule = VmAntiAffinityRule(name="apart", vms=tuple(vm.ref for vm in vms))
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    problem = problem_of(request(hosts, vms, vm_anti_affinity_rules=(rule,)))
    found = start_by_price(problem, np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))  # both are cheaper elsewhere
    assert found.is_legal()
    assert not SearchState(problem).is_legal()


def test_climbs_to_the_top_where_directions_depend_on_each_other() -> None:
    hill = np.array([[2.0, 1.9], [1.9, 2.0]])
    top = np.array([3.0, 5.0])

    def slope(point: Floats) -> tuple[float, Floats]:
        away = point - top
        return float(-away @ hill @ away / 2), -hill @ away

    start = np.array([4.0, 4.0])
    assert np.allclose(climb(slope, start, np.ones(2), looks=30, within=0.9), top, atol=1e-3)
    # No price changes by more than a tenth: the nearest to the top in that box is its corner.
    assert np.allclose(climb(slope, start, np.ones(2), looks=30, within=0.1), [3.6, 4.4], atol=1e-2)
