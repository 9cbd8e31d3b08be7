"""VMs to be separated."""

from recommender.constraints.check import violations_in
from recommender.constraints.vm_anti_affinity import VmAntiAffinity
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against, told

RULE = VmAntiAffinity()


def apart(*off: str, rules: tuple[str, ...] = ("abc",), **places: str) -> Inventory:
    """VMs ``a=h1`` …, of which those in ``off`` do not run, under one rule for each string of names."""
    return make_inventory(
        [make_host("h1"), make_host("h2"), make_host("h3")],
        [
            make_vm(vm, host, power_state=PowerState.POWERED_OFF if vm in off else PowerState.POWERED_ON)
            for vm, host in places.items()
        ],
        vm_anti_affinity_rules=tuple(
            VmAntiAffinityRule(name=f"part {names}", vms=tuple(map(ref, names))) for names in rules
        ),
    )


def test_two_members_on_one_host_are_one_violation_that_names_rule_host_and_both() -> None:
    (found,) = violations_in([RULE], apart(a="h1", b="h1", c="h2"))
    assert (found.constraint, found.rule, found.host) == ("vm_anti_affinity", "part abc", ref("h1"))
    assert found.vms == (ref("a"), ref("b"))
    assert found.reason == "2 of 3 VMs to be separated are on one host"


def test_every_host_that_holds_two_is_a_place_of_its_own() -> None:
    inventory = apart(a="h1", b="h1", c="h2", d="h2", rules=("abcd",))
    assert [found.host for found in violations_in([RULE], inventory)] == [ref("h1"), ref("h2")]
    asked = [inventory.vm(ref("c"))]
    assert [found.host for found in violations_in([RULE], inventory, asked)] == [ref("h2")]


def test_joining_a_member_is_refused_and_leaving_one_is_not() -> None:
    assert reasons_against(RULE, apart(a="h1", b="h2", c="h3"), "h2") == ["2 of 3 VMs to be separated are on one host"]
    assert reasons_against(RULE, apart(a="h1", b="h1", c="h3"), "h2") == []


def test_joining_two_that_break_the_rule_already_is_refused_too() -> None:
    inventory = apart(a="h1", b="h2", c="h2")
    assert reasons_against(RULE, inventory, "h2") == ["3 of 3 VMs to be separated are on one host"]
    assert reasons_against(RULE, inventory, "h3") == []


def test_passing_by_is_joining() -> None:
    swap = apart(a="h1", b="h2", rules=("ab",)).with_in_flight(flight("b", "h3"))
    assert broken(RULE, swap) == []
    assert len(reasons_against(RULE, swap, "h2")) == 1, "b has not left yet"
    assert len(reasons_against(RULE, swap, "h3")) == 1, "b is about to arrive"
    assert RULE.continuous


def test_members_that_do_not_run_do_not_count() -> None:
    inventory = apart("a", a="h1", b="h1", c="h2")
    assert broken(RULE, inventory) == []
    assert reasons_against(RULE, inventory, "h2") == []
    assert reasons_against(RULE, inventory, "h1", "c") == ["2 of 3 VMs to be separated are on one host"]


def test_a_member_that_is_not_in_the_inventory_is_left_out() -> None:
    assert broken(RULE, apart(a="h1", b="h2", rules=("abz",))) == []


def test_vms_of_different_rules_may_share_a_host() -> None:
    inventory = apart(a="h1", b="h2", c="h1", d="h3", rules=("ab", "cd"))
    assert broken(RULE, inventory) == []
    assert reasons_against(RULE, inventory, "h3") == []


def test_one_vm_alone_is_never_refused_by_pairs() -> None:
    assert hosts_for(RULE, apart(a="h1", b="h2", c="h3")) == {"h1", "h2", "h3"}


def test_the_solver_is_told_who_belongs_apart() -> None:
    assert told(RULE, apart("c", a="h1", b="h2", c="h3"), "a", "b", "c") == [("apart", "part abc", ["a", "b"])]


def test_the_solver_is_told_of_both_ends_of_a_migration() -> None:
    inventory = apart(a="h1", b="h2", rules=("ab",)).with_in_flight(flight("b", "h3"))
    assert told(RULE, inventory, "a") == [("without", "part ab", ["a"], "h2"), ("without", "part ab", ["a"], "h3")]


def test_the_solver_is_told_nothing_of_rules_of_which_no_member_may_move() -> None:
    assert told(RULE, apart(a="h1", b="h2", c="h3", rules=("ab",)), "c") == []
