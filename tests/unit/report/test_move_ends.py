"""Where a move begins and ends, in words."""

from dataclasses import replace

from recommender.inventory.vm_settings import DiskProvisioning
from recommender.placement.result import Move
from recommender.report.move_ends import move_destination, move_source
from recommender.report.names import Names
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import move

STORES = ("ds", "new", "next")
INVENTORY = make_inventory([make_host("a", datastores=STORES), make_host("b", datastores=STORES)], [make_vm("v", "a")])


def ends(told: Move) -> tuple[str, str]:
    names = Names(INVENTORY)
    return move_source(names, told), move_destination(names, told)


def test_hosts_alone_where_no_disk_is_copied() -> None:
    assert ends(move(INVENTORY, "v", "b")) == ("a", "b")


def test_datastores_are_told_although_the_host_stays() -> None:
    assert ends(move(INVENTORY, "v", "a", datastore="new")) == ("a (ds)", "a (new)")


def test_a_change_of_format_is_told() -> None:
    told = move(INVENTORY, "v", "b", datastore="new")
    disks = tuple(replace(disk, provisioning=DiskProvisioning.THIN) for disk in told.disk_moves)
    assert ends(replace(told, disk_moves=disks)) == ("a (ds)", "b (new as thin)")
