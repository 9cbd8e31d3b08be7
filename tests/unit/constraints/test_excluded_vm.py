"""Which VMs the policy's patterns and tags keep from being moved."""

import pytest

from recommender.constraints.excluded_vm import ExcludedVm
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against


def vm_called(name: str, *tags: str) -> Inventory:
    vm = make_vm("a", "here", name=name, tags=tags)
    return make_inventory([make_host("here"), make_host("there")], [vm])


@pytest.mark.parametrize("pattern", ["db-01", "db-*", "*", "db-0?", "db-[0-9][0-9]"])
def test_a_name_that_matches_is_not_moved(pattern: str) -> None:
    rule, inventory = ExcludedVm(patterns=("other", pattern)), vm_called("db-01")
    assert hosts_for(rule, inventory) == set()
    assert reasons_against(rule, inventory, "there") == [f"the policy excludes the VM: its name matches {pattern!r}"]
    assert broken(rule, inventory) == [], "staying is what is asked of it"


@pytest.mark.parametrize("pattern", ["db", "DB-01", "-01", "db-0", ""])
def test_a_pattern_means_the_whole_name_and_its_case(pattern: str) -> None:
    rule, inventory = ExcludedVm(patterns=(pattern,)), vm_called("db-01")
    assert hosts_for(rule, inventory) == {"here", "there"}
    assert reasons_against(rule, inventory, "there") == []


def test_a_tag_is_an_exact_text() -> None:
    rule = ExcludedVm(tags=frozenset({"pinned"}))
    assert hosts_for(rule, vm_called("web", "pin*", "Pinned")) == {"here", "there"}
    tagged = vm_called("web", "test", "pinned")
    assert hosts_for(rule, tagged) == set()
    assert reasons_against(rule, tagged, "there") == ["the policy excludes the VM: it has the tag 'pinned'"]


def test_excluded_and_other_vms_are_of_two_classes() -> None:
    rule, inventory = ExcludedVm(patterns=("web-*",)), vm_called("web-1")
    vms = [inventory.vm(ref("a")), make_vm("b", "here", name="web-2"), make_vm("c", "here", name="db-1")]
    keys = [rule.class_key(inventory, vm) for vm in vms]
    assert keys[0] == keys[1] != keys[2]
