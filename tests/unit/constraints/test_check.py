"""What counts as the doing of one move."""

from recommender.constraints.base import Constraint
from recommender.constraints.check import caused_by_move, flight_of, violations_in
from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import MoveScope, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import flight

EVERY_RULE = constraints_for(Policy(move_scope=MoveScope.DATACENTER))


def causes(inventory: Inventory, to: str, rules: tuple[Constraint, ...] = EVERY_RULE) -> list[str]:
    found = caused_by_move(rules, inventory, inventory.vm(ref("a")), inventory.host(ref(to)))
    return [violation.constraint for violation in found]


def two_hosts(*vms: VirtualMachine) -> Inventory:
    return make_inventory([make_host("h1"), make_host("h2")], vms)


def test_a_harmless_move_causes_nothing() -> None:
    assert causes(two_hosts(make_vm("a", "h1")), "h2") == []


def test_every_rule_that_a_move_breaks_is_told() -> None:
    small = make_host("h2", memory_mib=1024, networks=(), datastores=(), in_maintenance=True)
    inventory = make_inventory([make_host("h1"), small], [make_vm("a", "h1")])
    expected = {"host_available", "datastore_reachable", "network_reachable", "memory_capacity"}
    assert set(causes(inventory, "h2")) == expected
    assert len(causes(inventory, "h2")) == len(expected), "each once, though broken in flight and on arrival"


def test_what_was_broken_at_the_source_is_not_the_moves_doing() -> None:
    bad = make_host("h1", memory_mib=1024, networks=(), datastores=(), in_maintenance=True)
    inventory = make_inventory([bad, make_host("h2")], [make_vm("a", "h1")])
    assert len(violations_in(EVERY_RULE, inventory)) == 4
    assert causes(inventory, "h2") == []


def test_what_is_broken_between_other_vms_is_not_the_moves_doing() -> None:
    rule = VmAntiAffinityRule(name="apart", vms=(ref("b"), ref("c")))
    vms = [make_vm("a", "h1"), make_vm("b", "h2"), make_vm("c", "h2")]
    inventory = make_inventory([make_host("h1"), make_host("h2")], vms, vm_anti_affinity_rules=(rule,))
    assert len(violations_in(EVERY_RULE, inventory)) == 1
    assert causes(inventory, "h2") == []


def test_room_is_needed_while_another_vm_has_not_left_yet() -> None:
    tight = make_host("h2", memory_mib=10_000)
    vms = [make_vm("a", "h1", memory=6000), make_vm("b", "h2", memory=6000)]
    inventory = make_inventory([make_host("h1"), tight], vms)
    assert causes(inventory, "h2") == ["memory_capacity"]
    assert causes(inventory.with_in_flight(flight("b", "h1")), "h2") == ["memory_capacity"]
    assert causes(inventory.with_vm_on(ref("b"), ref("h1")), "h2") == []


def test_a_rule_that_may_be_broken_for_a_moment_is_asked_about_the_arrival_alone() -> None:
    together = VmAffinityRule(name="together", vms=(ref("a"), ref("b")))
    hosts = [make_host("h1"), make_host("h2")]
    vms = [make_vm("a", "h1"), make_vm("b", "h2")]
    inventory = make_inventory(hosts, vms, vm_affinity_rules=(together,))
    assert causes(inventory, "h2") == []


def test_an_unknown_of_the_source_does_not_keep_a_vm_there() -> None:
    inventory = two_hosts(make_vm("a", "h1"), make_vm("b", "h1", cpu=None))
    assert causes(inventory, "h2") == []


def test_an_unknown_of_the_destination_refuses_it_and_is_marked() -> None:
    inventory = two_hosts(make_vm("a", "h1"), make_vm("b", "h2", cpu=None))
    (found,) = caused_by_move(EVERY_RULE, inventory, inventory.vm(ref("a")), inventory.host(ref("h2")))
    assert (found.constraint, found.is_unknown, found.host) == ("cpu_capacity", True, ref("h2"))


def test_what_is_merely_unknown_is_not_broken_as_it_stands() -> None:
    assert violations_in(EVERY_RULE, two_hosts(make_vm("a", "h1", cpu=None))) == ()


def test_a_present_migration_does_not_excuse_another_one() -> None:
    full = make_host("h2", networks=())
    inventory = make_inventory([make_host("h1"), full], [make_vm("a", "h1")], in_flight=(flight("a", "h2"),))
    assert set(causes(inventory, "h2")) == {"movable_vm", "network_reachable"}


def test_a_migration_to_a_host_that_is_not_in_the_inventory_is_judged_at_its_source_alone() -> None:
    inventory = make_inventory([make_host("h1")], [make_vm("a", "h1")], in_flight=(flight("a", "gone"),))
    assert violations_in(EVERY_RULE, inventory) == ()


def test_only_the_vms_asked_about_are_looked_at() -> None:
    inventory = make_inventory([make_host("h", networks=())], [make_vm("a", "h"), make_vm("b", "h")])
    assert [found.vms for found in violations_in(EVERY_RULE, inventory, [inventory.vm(ref("b"))])] == [(ref("b"),)]
    assert len(violations_in(EVERY_RULE, inventory)) == 2
    assert violations_in(EVERY_RULE, inventory, []) == ()


def test_the_flight_of_a_move_carries_datastores_only_where_disks_are_copied() -> None:
    inventory = two_hosts(make_vm("a", "h1"))
    vm, host = inventory.vm(ref("a")), inventory.host(ref("h2"))
    assert flight_of(inventory, vm, host) == MigrationInFlight(vm=vm.ref, destination=host.ref)
    copied = flight_of(inventory, vm, host, {2000: ref("ds2")})
    assert copied.destination_datastores == (ref("ds2"),)
