"""What may be copied to a datastore: its free space less what is kept, what is under way, and what thin disks grow."""

from collections.abc import Sequence

from recommender.constraints.check import caused_by_move
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.datastore import Datastore
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import Disk
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.relocation_policy import DiskFormat
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken

RULE = DatastoreSpace(reserve_percent=10)
KEY = frozenset({2000})


def store(name: str, free: int) -> Datastore:
    return Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=1000, free_mib=free)


def estate(free_at_new: int, disk: Disk, flights: Sequence[MigrationInFlight] = ()) -> Inventory:
    host = make_host("h1", datastores=("ds", "new"))
    return make_inventory(
        [host],
        [make_vm("a", "h1", disks=(disk,)), make_vm("b", "h1", disks=(disk,))],
        datastores=(store("ds", 500), store("new", free_at_new)),
        in_flight=tuple(flights),
    )


def disk(size: int, capacity: int | None = None) -> Disk:
    return Disk(key=2000, datastore=ref("ds"), size_mib=size, capacity_mib=capacity)


def verdicts(inventory: Inventory, rule: DatastoreSpace = RULE) -> tuple[bool, list[str]]:
    """What is said of copying a's disk to ``new``, by the pair and by the checker."""
    vm, host = inventory.vm(ref("a")), inventory.host(ref("h1"))
    new = inventory.find_datastore(ref("new"))
    assert new is not None
    found = caused_by_move([rule], inventory, vm, host, {2000: ref("new")})
    return rule.admits(inventory, vm, KEY, host, new), [violation.reason for violation in found]


def test_a_copy_leaves_what_is_to_be_kept() -> None:
    assert verdicts(estate(300, disk(200))) == (True, [])
    assert verdicts(estate(299, disk(200))) == (
        False,
        [
            "200 MiB of 1 VMs would be copied to datastore new, 199 MiB may be used "
            "(299 MiB are free, 10 % of 1,000 MiB are kept)"
        ],
    )


def test_what_is_under_way_counts_from_its_start() -> None:
    flight = MigrationInFlight(
        vm=ref("b"), destination=ref("h1"), destination_datastores=(ref("new"),), disk_targets=((2000, ref("new")),)
    )
    assert verdicts(estate(500, disk(200), [flight]))[0] is True
    may_go, reasons = verdicts(estate(499, disk(200), [flight]))
    assert not may_go
    assert reasons[0].startswith("400 MiB of 2 VMs")


def test_a_migration_of_which_no_disks_are_told_is_taken_to_bring_them_all() -> None:
    flight = MigrationInFlight(vm=ref("b"), destination=ref("h1"), destination_datastores=(ref("new"),))
    assert verdicts(estate(499, disk(200), [flight]))[0] is False


def test_a_disk_that_takes_nothing_comes_to_a_datastore_that_others_fill() -> None:
    flight = MigrationInFlight(
        vm=ref("b"), destination=ref("h1"), destination_datastores=(ref("new"),), disk_targets=((2000, ref("new")),)
    )
    filled = make_inventory(
        [make_host("h1", datastores=("ds", "new"))],
        [make_vm("a", "h1", disks=(disk(0),)), make_vm("b", "h1", disks=(disk(200),))],
        datastores=(store("ds", 500), store("new", 0)),
        in_flight=(flight,),
    )
    assert verdicts(filled) == (True, [])


def test_a_thin_disk_needs_room_to_grow() -> None:
    growing = DatastoreSpace(reserve_percent=10, growth_percent=50)
    assert verdicts(estate(399, disk(200, 400)), growing)[0] is False
    assert verdicts(estate(400, disk(200, 400)), growing) == (True, [])


def test_space_goes_with_the_disk() -> None:
    start = estate(500, disk(200))
    end = start.with_vm_on(ref("a"), ref("h1"), {2000: ref("new")})
    assert {found.name: found.free_mib for found in end.datastores} == {"ds": 700, "new": 300}
    assert {found.name: found.free_mib for found in start.datastores} == {"ds": 500, "new": 500}


def test_a_disk_that_becomes_thick_takes_all_that_it_may_hold_once_it_has_arrived() -> None:
    thick = DatastoreSpace(reserve_percent=10, disk_format=DiskFormat.EAGER_ZEROED)
    start = estate(900, disk(200, 400))
    assert verdicts(start, thick) == (True, [])
    end = start.with_vm_on(ref("a"), ref("h1"), {2000: ref("new")}, {2000: DiskProvisioning.EAGER_ZEROED})
    assert {found.name: found.free_mib for found in end.datastores} == {"ds": 700, "new": 500}
    (arrived,) = end.vm(ref("a")).disks
    assert (arrived.size_mib, arrived.provisioning) == (400, DiskProvisioning.EAGER_ZEROED)
    new = end.find_datastore(ref("new"))
    assert new is not None
    assert thick.admits(end, end.vm(ref("b")), KEY, end.host(ref("h1")), new), "400 of the 500 that are left"
    thin = start.with_vm_on(ref("a"), ref("h1"), {2000: ref("new")}, {2000: DiskProvisioning.THIN})
    assert {found.name: found.free_mib for found in thin.datastores} == {"ds": 700, "new": 700}


def test_a_full_datastore_breaks_nothing_while_nothing_comes() -> None:
    assert broken(RULE, estate(0, disk(200))) == []
