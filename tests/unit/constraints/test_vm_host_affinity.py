"""VMs that must, or must not, run on the hosts of a group."""

from typing import Any

import pytest

from recommender.constraints.check import violations_in
from recommender.constraints.vm_host_affinity import VmHostAffinity
from recommender.inventory.affinity_rule import VmHostRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = VmHostAffinity()


def must(*hosts: str, vms: tuple[str, ...] = ("a",), name: str = "rule", **changes: Any) -> VmHostRule:
    return VmHostRule(name=name, vms=tuple(map(ref, vms)), hosts=tuple(map(ref, hosts)), **changes)


def a_on(host: str, *rules: VmHostRule, **vm: Any) -> Inventory:
    hosts = [make_host("h1"), make_host("h2"), make_host("h3")]
    return make_inventory(hosts, [make_vm("a", host, **vm), make_vm("b", host)], vm_host_rules=rules)


@pytest.mark.parametrize(
    ("rule", "allowed", "what"),
    [
        (must("h1", "h2"), {"h1", "h2"}, "must run on its group of 2 hosts"),
        (must("h3", is_affine=False), {"h1", "h2"}, "must not run on its group of 1 hosts"),
    ],
)
def test_a_vm_goes_only_where_its_rule_allows(rule: VmHostRule, allowed: set[str], what: str) -> None:
    inventory = a_on("h1", rule)
    assert hosts_for(RULE, inventory) == allowed
    assert reasons_against(RULE, inventory, "h2") == []
    assert reasons_against(RULE, inventory, "h3") == [f"the VM {what}"]
    assert hosts_for(RULE, inventory, "b") == {"h1", "h2", "h3"}, "the rule does not name b"


def test_several_rules_hold_together() -> None:
    inventory = a_on("h2", must("h1", "h2", name="one"), must("h1", name="two", is_affine=False))
    assert hosts_for(RULE, inventory) == {"h2"}
    assert len(reasons_against(RULE, inventory, "h1")) == 1
    assert len(reasons_against(RULE, inventory, "h3")) == 1


def test_rules_that_contradict_each_other_leave_no_host() -> None:
    inventory = a_on("h1", must("h1", name="one"), must("h2", name="two"))
    assert hosts_for(RULE, inventory) == set()


def test_a_group_without_hosts_allows_none() -> None:
    inventory = a_on("h1", must())
    assert hosts_for(RULE, inventory) == set()
    assert broken(RULE, inventory) == ["the VM must run on its group of 0 hosts"]


def test_a_should_rule_refuses_nothing() -> None:
    inventory = a_on("h1", must("h2", is_mandatory=False))
    assert hosts_for(RULE, inventory) == {"h1", "h2", "h3"}
    assert broken(RULE, inventory) == []
    assert reasons_against(RULE, inventory, "h3") == []


@pytest.mark.parametrize("power", PowerState)
def test_a_must_rule_binds_vms_that_do_not_run_too(power: PowerState) -> None:
    inventory = a_on("h1", must("h2"), power_state=power)
    assert hosts_for(RULE, inventory) == {"h2"}
    assert broken(RULE, inventory) == ["the VM must run on its group of 1 hosts"]


def test_going_from_one_forbidden_host_to_another_is_refused_and_to_an_allowed_one_is_not() -> None:
    inventory = a_on("h1", must("h2"))
    assert len(reasons_against(RULE, inventory, "h3")) == 1
    assert reasons_against(RULE, inventory, "h2") == []


def test_the_violation_names_vcenters_rule_and_the_host_at_either_end() -> None:
    inventory = a_on("h1", must("h2", name="licence")).with_in_flight(flight("a", "h3"))
    found = violations_in([RULE], inventory)
    assert [(violation.rule, violation.vms, violation.host) for violation in found] == [
        ("licence", (ref("a"),), ref("h1")),
        ("licence", (ref("a"),), ref("h3")),
    ]


def test_vms_of_the_same_rules_are_of_one_class() -> None:
    inventory = a_on("h1", must("h1", vms=("a", "b")))
    assert RULE.class_key(inventory, inventory.vm(ref("a"))) == RULE.class_key(inventory, inventory.vm(ref("b")))
    other = a_on("h1", must("h1"))
    assert RULE.class_key(other, other.vm(ref("a"))) != RULE.class_key(other, other.vm(ref("b")))
