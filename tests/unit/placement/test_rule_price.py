"""The price of a rule is the difference that it makes to the best answer."""

import pytest

from recommender.inventory.affinity_rule import VmAntiAffinityRule, VmHostRule
from recommender.placement.result import SolveStatus
from recommender.placement.rule_price import price_of_rule
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import request, small_host

HOSTS = [small_host(name) for name in ("h1", "h2")]


def test_a_rule_that_forces_load_together_costs_what_it_unbalances() -> None:
    vms = [make_vm(name, "h1", cpu=4000, memory=1000) for name in "ab"]
    must = VmHostRule(name="licence", vms=(ref("a"), ref("b")), hosts=(ref("h1"),))
    price = price_of_rule(request(HOSTS, vms, vm_host_rules=(must,)), "licence")
    assert price.objective is not None
    # u² of 0.8 against twice 0.4 on CPU, of 0.2 against twice 0.1 on memory, 0.3 above one half; less the migration.
    migration = dict(price.without_rule.objective.terms)["migration_cost"]
    assert price.objective == pytest.approx(1000 * (0.64 - 0.32) + 1000 * (0.04 - 0.02) + 1000 * 0.3 - migration)
    assert (price.moves, len(price.broken_without)) == (-1, 1)
    assert price.least is not None
    assert price.most is not None
    assert price.least - 1e-3 <= price.objective <= price.most + 1e-3


def test_a_rule_that_binds_nothing_costs_nothing() -> None:
    vms = [make_vm("a", "h1", cpu=4000, memory=1000), make_vm("b", "h2", cpu=4000, memory=1000)]
    apart = VmAntiAffinityRule(name="apart", vms=(ref("a"), ref("b")))
    price = price_of_rule(request(HOSTS, vms, vm_anti_affinity_rules=(apart,)), "apart")
    assert (price.objective, price.moves, price.broken_without) == (0, 0, ())


def test_a_rule_that_cannot_be_kept_has_no_price() -> None:
    vms = [make_vm(name, "h1", cpu=100, memory=100) for name in "abc"]
    apart = VmAntiAffinityRule(name="apart", vms=tuple(map(ref, "abc")))
    price = price_of_rule(request(HOSTS, vms, vm_anti_affinity_rules=(apart,)), "vm_anti_affinity")
    assert (price.objective, price.most) == (None, None)
    assert price.with_rule.status is SolveStatus.INFEASIBLE
    assert price.broken_without
