"""An image in a connected drive goes along only where its datastore is mounted."""

from recommender.constraints.media_reachable import MediaReachable
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = MediaReachable()


def vm_with_images_on(*datastores: str) -> Inventory:
    hosts = [make_host("here", datastores=("ds", "iso")), make_host("there"), make_host("both", datastores=("iso",))]
    return make_inventory(hosts, [make_vm("a", "here", media_datastores=tuple(map(ref, datastores)))])


def test_a_vm_without_images_goes_anywhere() -> None:
    assert hosts_for(RULE, vm_with_images_on()) == {"here", "there", "both"}


def test_a_vm_with_an_image_goes_where_it_is_mounted() -> None:
    inventory = vm_with_images_on("iso")
    assert hosts_for(RULE, inventory) == {"here", "both"}
    assert reasons_against(RULE, inventory, "both") == []
    assert reasons_against(RULE, inventory, "there") == [
        "an image in a connected drive is on iso, which is not mounted: disconnect it"
    ]


def test_both_ends_of_a_migration_are_looked_at() -> None:
    inventory = vm_with_images_on("iso", "ds")
    assert broken(RULE, inventory) == []
    assert broken(RULE, inventory.with_in_flight(flight("a", "both"))) == [
        "an image in a connected drive is on ds, which is not mounted: disconnect it"
    ]
