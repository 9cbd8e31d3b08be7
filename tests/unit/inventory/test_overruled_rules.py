"""Of rules that contradict each other the older one stands."""

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.overruled_rules import overruled_rules
from tests.inventories import ref


def together(key: int | None, *vms: str) -> VmAffinityRule:
    return VmAffinityRule(name=f"together {key}", vms=tuple(map(ref, vms)), key=key)


def apart(key: int | None, *vms: str) -> VmAntiAffinityRule:
    return VmAntiAffinityRule(name=f"apart {key}", vms=tuple(map(ref, vms)), key=key)


def on(key: int, *hosts: str, is_affine: bool = True, is_mandatory: bool = True) -> VmHostRule:
    named = tuple(map(ref, hosts))
    return VmHostRule(
        name=f"on {key}", vms=(ref("a"),), hosts=named, key=key, is_affine=is_affine, is_mandatory=is_mandatory
    )


def test_together_and_apart_contradict_each_other_over_two_vms() -> None:
    assert overruled_rules([together(7, "a", "b"), apart(3, "a", "b", "c")]) == {7: "apart 3"}
    assert overruled_rules([together(3, "a", "b"), apart(7, "a", "b", "c")]) == {7: "together 3"}
    assert overruled_rules([together(7, "a", "b"), apart(3, "b", "c")]) == {}


def test_rules_without_an_age_are_left_to_people() -> None:
    assert overruled_rules([together(None, "a", "b"), apart(3, "a", "b")]) == {}


def test_must_rules_that_leave_no_host_contradict_each_other() -> None:
    assert overruled_rules([on(1, "h1"), on(2, "h2")]) == {2: "on 1"}
    assert overruled_rules([on(2, "h1", "h2"), on(1, "h1", "h2", "h3", is_affine=False)]) == {2: "on 1"}
    assert overruled_rules([on(1, "h1", "h2"), on(2, "h2", "h3")]) == {}
    assert overruled_rules([on(1, "h1", is_affine=False), on(2, "h2", is_affine=False)]) == {}
    assert overruled_rules([on(1, "h1"), on(2, "h2", is_mandatory=False)]) == {}


def test_what_is_overruled_overrules_nothing() -> None:
    assert overruled_rules([apart(1, "a", "b"), together(2, "a", "b"), apart(3, "a", "b")]) == {2: "apart 1"}


def test_both_halves_of_one_rule_are_one_rule() -> None:
    halves = [on(5, "h1"), on(5, "h1", is_affine=False)]
    assert overruled_rules(halves) == {}
