"""Shared disks and those of linked clones stay where they are."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.movable_disk import MovableDisk
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import Disk
from recommender.relocation_policy import DiskMoveType
from tests.inventories import make_host, make_inventory, make_vm, ref

RULE = MovableDisk()
HERE: dict[str, Any] = {}
DISK = Disk(key=2000, datastore=ref("ds"), size_mib=10)


def estate(**there: Any) -> Inventory:
    values: dict[str, Any] = {"name": "new", "datacenter": "dc", "capacity_mib": 1 << 20, "free_mib": 1 << 19}
    here = Datastore(ref=ref("ds"), **(values | {"name": "ds"} | HERE))
    return make_inventory(
        [make_host("h1", datastores=("ds", "new"))],
        [make_vm("a", "h1", disks=(DISK,))],
        datastores=(here, Datastore(ref=ref("new"), **(values | there))),
    )


def verdict(inventory: Inventory, rule: MovableDisk = RULE) -> tuple[bool, list[str]]:
    """What is said of copying the disk to ``new``, by the pair and by the checker."""
    vm, host = inventory.vm(ref("a")), inventory.host(ref("h1"))
    new = inventory.find_datastore(ref("new"))
    assert new is not None
    found = caused_by_move([rule], inventory, vm, host, {2000: ref("new")})
    return rule.admits(inventory, vm, frozenset({2000}), host, new), [broken.reason for broken in found]


def with_disk(**changes: Any) -> Inventory:
    inventory = estate()
    vm = replace(inventory.vm(ref("a")), disks=(replace(DISK, **changes),))
    return replace(inventory, virtual_machines=(vm,))


def test_what_others_depend_on_is_not_copied() -> None:
    assert verdict(with_disk()) == (True, [])
    assert verdict(with_disk(is_shared=True)) == (False, ["disk 2000 is shared with other VMs"])
    assert verdict(with_disk(is_linked=True)) == (
        False,
        ["disk 2000 is a linked clone's, which stands on the disk of another VM"],
    )


@pytest.mark.parametrize("linked", DiskMoveType)
def test_linked_clones_are_copied_as_the_policy_says_and_nothing_else_is(linked: DiskMoveType) -> None:
    rule = MovableDisk(linked)
    assert verdict(with_disk(is_linked=True), rule) == (True, [])
    assert verdict(with_disk(is_linked=True, is_shared=True), rule) == (False, ["disk 2000 is shared with other VMs"])
    assert not verdict(with_disk(is_first_class=True), rule)[0]
    inventory = with_disk(is_linked=True)
    snapshots = replace(inventory, virtual_machines=(replace(inventory.vm(ref("a")), snapshots=2),))
    told = ["disk 2000 is a linked clone's with 2 snapshots, which cannot be made one"]
    is_one = linked is DiskMoveType.CONSOLIDATE
    assert verdict(snapshots, rule) == ((False, told) if is_one else (True, []))


def test_its_vm_may_change_hosts_alone() -> None:
    inventory = with_disk(is_shared=True)
    assert caused_by_move([RULE], inventory, inventory.vm(ref("a")), inventory.host(ref("h1"))) == ()
