"""Disks do not leave what replicates them."""

from typing import Any

from recommender.constraints.check import caused_by_move
from recommender.constraints.replication_group import ReplicationGroup
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import Disk
from tests.inventories import make_host, make_inventory, make_vm, ref

RULE = ReplicationGroup()
HERE: dict[str, Any] = {"protection_group": "gold"}
DISK = Disk(key=2000, datastore=ref("ds"), size_mib=10)


def estate(**there: Any) -> Inventory:
    values: dict[str, Any] = {"name": "new", "datacenter": "dc", "capacity_mib": 1 << 20, "free_mib": 1 << 19}
    here = Datastore(ref=ref("ds"), **(values | {"name": "ds"} | HERE))
    return make_inventory(
        [make_host("h1", datastores=("ds", "new"))],
        [make_vm("a", "h1", disks=(DISK,))],
        datastores=(here, Datastore(ref=ref("new"), **(values | there))),
    )


def verdict(inventory: Inventory) -> tuple[bool, list[str]]:
    """What is said of copying the disk to ``new``, by the pair and by the checker."""
    vm, host = inventory.vm(ref("a")), inventory.host(ref("h1"))
    new = inventory.find_datastore(ref("new"))
    assert new is not None
    found = caused_by_move([RULE], inventory, vm, host, {2000: ref("new")})
    return RULE.admits(inventory, vm, frozenset({2000}), host, new), [broken.reason for broken in found]


def test_only_the_same_group_takes_them() -> None:
    assert verdict(estate(protection_group="gold")) == (True, [])
    assert verdict(estate(protection_group="silver")) == (
        False,
        ["datastore new is in replication group silver, the disk in gold"],
    )
    assert verdict(estate()) == (False, ["datastore new is in replication group none, the disk in gold"])
