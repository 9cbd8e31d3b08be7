"""A VM does not go again to where a migration of it failed; others may, and it may go elsewhere."""

from recommender.constraints.failed_destination import FailedDestination
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = FailedDestination(failed=((ref("a"), ref("two"), "a migration to it failed at 09:00: no"),))


def estate() -> Inventory:
    hosts = [make_host(name) for name in ("one", "two", "three")]
    return make_inventory(hosts, [make_vm("a", "one"), make_vm("b", "one")])


def test_the_host_is_closed_to_that_vm_alone() -> None:
    assert hosts_for(RULE, estate()) == {"one", "three"}
    assert hosts_for(RULE, estate(), "b") == {"one", "two", "three"}
    assert reasons_against(RULE, estate(), "two") == ["a migration to it failed at 09:00: no"]
    assert reasons_against(RULE, estate(), "three") == []


def test_a_vm_that_is_there_meanwhile_breaks_nothing() -> None:
    there = estate().with_vm_on(ref("a"), ref("two"))
    assert hosts_for(RULE, there) == {"one", "two", "three"}
    assert broken(RULE, there) == []
    assert broken(RULE, estate().with_in_flight(flight("a", "two"))) == ["a migration to it failed at 09:00: no"]
