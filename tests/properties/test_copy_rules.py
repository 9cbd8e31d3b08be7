"""What ``admits`` says of copying disks and what the checker says of the move are the same, for any rule."""

from collections.abc import Callable, Hashable, Iterator
from itertools import product

import pytest
from hypothesis import Phase, find, given, settings

from recommender.constraints.base import Constraint, DiskConstraint
from recommender.constraints.check import caused_by_move
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import HOME, Disk, VirtualMachine
from tests.properties.inventories import Situation, situations

thorough = settings(max_examples=100, deadline=None, derandomize=True)


def copies(inventory: Inventory) -> Iterator[tuple[VirtualMachine, frozenset[int], Host, Datastore]]:
    """Each disk alone, each home, and everything at once, to every host and datastore, where something moves."""
    for vm in inventory.virtual_machines:
        disks = [disk.key for disk in vm.disks]
        groups = {frozenset(keys) for keys in ([HOME], [HOME, *disks], *([key] for key in disks))}
        for keys, host, store in product(groups, inventory.hosts, inventory.datastores):
            places = {HOME: vm.home_datastore, **{disk.key: disk.datastore for disk in vm.disks}}
            if all(places[key] not in (None, store.ref) for key in keys):
                yield vm, keys, host, store


def disagreements(rule: Constraint, inventory: Inventory) -> list[str]:
    """Copies of which ``admits`` and the checker say different things."""
    assert isinstance(rule, DiskConstraint)
    found = []
    for vm, keys, host, store in copies(inventory):
        at_rest = inventory if inventory.in_flight_of(vm.ref) is None else inventory.without_in_flight(vm.ref)
        before = rule.violations(at_rest, (vm,))
        if any(broken.host == host.ref or broken.datastore == store.ref for broken in before):
            continue  # what is broken there already may stay so
        broken = caused_by_move([rule], inventory, vm, host, dict.fromkeys(keys, store.ref))
        if rule.admits(inventory, vm, keys, host, store) == bool(broken):
            found.append(f"{rule.name}: {vm.ref} {sorted(keys)} to {host.ref}, {store.ref}: {broken}")
    return found


def unequal_keys(rule: Constraint, inventory: Inventory) -> list[str]:
    """Copies of one class that are not admitted alike."""
    assert isinstance(rule, DiskConstraint)
    verdicts: dict[tuple[Hashable, Host, Datastore], bool] = {}
    found = []
    for vm, keys, host, store in copies(inventory):
        verdict = rule.admits(inventory, vm, keys, host, store)
        if verdicts.setdefault((rule.copy_key(inventory, vm, keys), host, store), verdict) != verdict:
            found.append(f"{rule.name}: {vm.ref} {sorted(keys)} to {host.ref}, {store.ref}")
    return found


def disk_rules(situation: Situation) -> list[Constraint]:
    return [rule for rule in situation.constraints if isinstance(rule, DiskConstraint)]


@given(situations())
@thorough
def test_a_copy_is_admitted_exactly_if_the_move_breaks_nothing(situation: Situation) -> None:
    rules = disk_rules(situation)
    assert rules
    assert [text for rule in rules for text in disagreements(rule, situation.inventory)] == []


@given(situations())
@thorough
def test_copies_of_one_class_are_admitted_alike(situation: Situation) -> None:
    assert [text for rule in disk_rules(situation) for text in unequal_keys(rule, situation.inventory)] == []


class ForgetsGrowth(DatastoreSpace):
    """Too loose in pairs: a thin disk is admitted with what it takes today."""

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        del host
        needed = sum(disk.size_mib for disk in vm.disks if disk.key in keys and disk.datastore != store.ref)
        return not needed or needed <= self.room_mib(inventory, store)


class ForgetsTheSize(DatastoreSpace):
    """Right in pairs, but with a class too large."""

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        del inventory, vm, keys
        return None


class DoublesTheSize(DatastoreSpace):
    """Too strict in pairs, where only its size is told a second time."""

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        del host
        disks: list[Disk] = [disk for disk in vm.disks if disk.key in keys and disk.datastore != store.ref]
        return not disks or 2 * sum(map(self.needed_mib, disks)) <= self.room_mib(inventory, store)


@pytest.mark.parametrize(
    ("broken", "notices"),
    [
        (ForgetsGrowth(0, growth_percent=100), disagreements),
        (DoublesTheSize(0), disagreements),
        (ForgetsTheSize(0), unequal_keys),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_broken_rule_is_noticed(broken: Constraint, notices: Callable[[Constraint, Inventory], list[str]]) -> None:
    def is_noticed(situation: Situation) -> bool:
        return bool(notices(broken, situation.inventory))

    # ``find`` ends at the first that is noticed, and raises NoSuchExample where none is.
    find(situations(), is_noticed, settings=settings(thorough, max_examples=500, phases=[Phase.generate]))
