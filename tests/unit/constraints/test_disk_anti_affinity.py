"""What a datastore cluster keeps apart stays apart, at both ends of a copy, and only there."""

from typing import Any

from recommender.constraints.check import caused_by_move
from recommender.constraints.disk_anti_affinity import DiskAntiAffinity
from recommender.inventory.datastore import Datastore
from recommender.inventory.datastore_cluster import DatastoreCluster
from recommender.inventory.datastore_cluster import DiskAntiAffinity as OfDisks
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import HOME, Disk
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken

RULE = DiskAntiAffinity()
STORES = ("s1", "s2", "s3", "outside")


def disks(*places: str) -> dict[str, Any]:
    found = tuple(Disk(key=2000 + row, datastore=ref(place), size_mib=10) for row, place in enumerate(places))
    return {"disks": found, "home_datastore": ref(places[0]), "datastores": tuple(map(ref, sorted({*places})))}


def estate(a: tuple[str, ...], b: tuple[str, ...], flying: str | None = None, **rules: Any) -> Inventory:
    stores = tuple(
        Datastore(
            ref=ref(name),
            name=name,
            datacenter="dc",
            capacity_mib=1000,
            free_mib=500,
            datastore_cluster=None if name == "outside" else ref("pod"),
        )
        for name in STORES
    )
    return make_inventory(
        [make_host("h1", datastores=STORES)],
        [make_vm("a", "h1", **disks(*a)), make_vm("b", "h1", **disks(*b))],
        datastores=stores,
        datastore_clusters=(DatastoreCluster(ref=ref("pod"), name="pod", datacenter="dc", **rules),),
        in_flight=(MigrationInFlight(vm=ref("b"), destination=ref("h1"), disk_targets=((2000, ref(flying)),)),)
        if flying
        else (),
    )


VMS_APART: dict[str, Any] = {"vm_anti_affinity": ((ref("a"), ref("b")),), "vm_anti_affinity_names": ("pair",)}
DISKS_APART: dict[str, Any] = {"disk_anti_affinity": (OfDisks(vm=ref("a"), disks=(2000, 2001), name="logs"),)}


def open_to(inventory: Inventory, *keys: int) -> set[str]:
    """The datastores that the disks of ``a`` may be copied to; pair and checker have to agree."""
    vm, host = inventory.vm(ref("a")), inventory.host(ref("h1"))
    may = set()
    for store in inventory.datastores:
        places = {HOME: vm.home_datastore} | {disk.key: disk.datastore for disk in vm.disks}
        if all(places[key] == store.ref for key in keys):
            continue
        admitted = RULE.admits(inventory, vm, frozenset(keys), host, store)
        found = caused_by_move([RULE], inventory, vm, host, dict.fromkeys(keys, store.ref))
        assert admitted is not bool(found)
        may |= {store.name} if admitted else set()
    return may


def test_vms_apart_do_not_share_a_datastore_of_their_cluster() -> None:
    inventory = estate(("s1",), ("s2",), **VMS_APART)
    assert open_to(inventory, 2000) == {"s3", "outside"}
    assert broken(RULE, inventory) == []
    assert broken(RULE, estate(("s1",), ("s1",), **VMS_APART)) == [
        "2 of 2 VMs to be separated are on datastore s1",
    ]
    assert broken(RULE, estate(("outside",), ("outside",), **VMS_APART)) == []


def test_a_vm_under_way_holds_both_ends() -> None:
    assert open_to(estate(("s1",), ("s2",), "s3", **VMS_APART), 2000) == {"outside"}


def test_a_home_alone_counts() -> None:
    inventory = estate(("s1", "s3"), ("s2",), **VMS_APART)
    assert open_to(inventory, HOME) == {"s3", "outside"}


def test_disks_apart_may_leave_each_to_its_own_datastore() -> None:
    inventory = estate(("s1", "s2"), ("s1",), **DISKS_APART)
    assert open_to(inventory, 2000) == {"s3", "outside"}
    assert open_to(inventory, 2000, 2001) == {"outside"}
    assert broken(RULE, estate(("s1", "s1"), ("s1",), **DISKS_APART)) == [
        "2 of 2 disks to be separated are on datastore s1",
    ]


def test_without_rules_nothing_is_refused() -> None:
    assert open_to(estate(("s1", "s1"), ("s1",)), 2000, 2001) == {"s2", "s3", "outside"}
