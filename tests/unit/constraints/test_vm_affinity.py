"""VMs to be kept together."""

from recommender.constraints.check import violations_in
from recommender.constraints.vm_affinity import VmAffinity
from recommender.inventory.affinity_rule import VmAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against, told

RULE = VmAffinity()


def together(*off: str, rules: tuple[str, ...] = ("abc",), **places: str) -> Inventory:
    """VMs ``a=h1`` …, of which those in ``off`` do not run, under one rule for each string of names."""
    return make_inventory(
        [make_host("h1"), make_host("h2"), make_host("h3")],
        [
            make_vm(vm, host, power_state=PowerState.POWERED_OFF if vm in off else PowerState.POWERED_ON)
            for vm, host in places.items()
        ],
        vm_affinity_rules=tuple(VmAffinityRule(name=f"keep {names}", vms=tuple(map(ref, names))) for names in rules),
    )


def test_members_on_one_host_break_nothing_and_on_several_they_do() -> None:
    assert broken(RULE, together(a="h1", b="h1", c="h1")) == []
    assert broken(RULE, together(a="h1", b="h2", c="h1")) == ["3 VMs to be kept together are on 2 hosts"]


def test_the_violation_names_vcenters_rule_and_all_members_once() -> None:
    inventory = together(a="h1", b="h2", c="h3")
    (found,) = violations_in([RULE], inventory)
    assert (found.constraint, found.rule, found.host) == ("vm_affinity", "keep abc", None)
    assert found.vms == (ref("a"), ref("b"), ref("c"))


def test_leaving_the_others_is_refused_and_joining_them_is_not() -> None:
    assert reasons_against(RULE, together(a="h1", b="h1", c="h1"), "h2") == ["3 VMs to be kept together are on 2 hosts"]
    assert reasons_against(RULE, together(a="h2", b="h1", c="h1"), "h1") == []


def test_a_group_that_is_apart_already_may_gather_step_by_step() -> None:
    assert reasons_against(RULE, together(a="h1", b="h2", c="h3"), "h2") == []


def test_members_that_do_not_run_do_not_count() -> None:
    inventory = together("a", a="h1", b="h2", c="h2")
    assert broken(RULE, inventory) == []
    assert reasons_against(RULE, inventory, "h3") == []
    assert broken(RULE, together("a", a="h1", b="h2", c="h3"), "a") == [], "it takes no part"


def test_where_a_migration_ends_counts_not_where_it_begins() -> None:
    inventory = together(a="h1", b="h1", rules=("ab",))
    leaving = inventory.with_in_flight(flight("a", "h2"))
    assert broken(RULE, leaving) == ["2 VMs to be kept together are on 2 hosts"]
    assert broken(RULE, leaving.with_in_flight(flight("b", "h2"))) == []
    assert not RULE.continuous


def test_a_member_that_is_not_in_the_inventory_is_left_out() -> None:
    assert broken(RULE, together(a="h1", b="h1", rules=("abz",))) == []


def test_one_vm_alone_is_never_refused_by_pairs() -> None:
    assert hosts_for(RULE, together(a="h1", b="h1", c="h1")) == {"h1", "h2", "h3"}


def test_the_solver_is_told_who_belongs_together() -> None:
    assert told(RULE, together("c", a="h1", b="h2", c="h3"), "a", "b", "c") == [("together", "keep abc", ["a", "b"])]


def test_the_solver_is_told_where_a_member_stays_or_will_arrive() -> None:
    inventory = together(a="h1", b="h1", c="h1").with_in_flight(flight("c", "h3"))
    assert told(RULE, inventory, "a", "b") == [
        ("together", "keep abc", ["a", "b"]),
        ("with", "keep abc", ["a", "b"], "h3"),
    ]


def test_the_solver_is_told_nothing_of_rules_of_which_no_member_may_move() -> None:
    assert told(RULE, together(a="h1", b="h2", c="h2", rules=("ab",)), "c") == []
