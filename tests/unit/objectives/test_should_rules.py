"""Broken should-rules cost."""

import pytest

from recommender.inventory.affinity_rule import VmHostRule
from recommender.objectives.should_rules import ShouldRules
from tests.inventories import make_host, make_inventory, make_vm, ref

TERM = ShouldRules(weight=300.0)


@pytest.mark.parametrize(
    ("is_affine", "is_mandatory", "cost"),
    [(True, False, 600.0), (False, False, 300.0), (True, True, 0.0)],
    ids=["two of three are elsewhere", "one is where it should not be", "a must-rule is no matter of cost"],
)
def test_costs_each_vm_against_each_rule(is_affine: bool, is_mandatory: bool, cost: float) -> None:
    names = ("a", "b", "c")
    rule = VmHostRule(
        name="r",
        vms=(*map(ref, names), ref("gone")),
        hosts=(ref("h1"),),
        is_affine=is_affine,
        is_mandatory=is_mandatory,
    )
    vms = [make_vm("a", "h1"), make_vm("b", "h2"), make_vm("c", "h2")]
    inventory = make_inventory([make_host("h1"), make_host("h2")], vms, vm_host_rules=(rule,))
    assert TERM.cost(inventory, inventory) == cost


def test_two_rules_broken_by_one_vm_cost_twice() -> None:
    rules = tuple(VmHostRule(name=name, vms=(ref("a"),), hosts=(ref("h2"),), is_mandatory=False) for name in "xy")
    inventory = make_inventory([make_host("h1"), make_host("h2")], [make_vm("a", "h1")], vm_host_rules=rules)
    assert TERM.cost(inventory, inventory) == 600.0
