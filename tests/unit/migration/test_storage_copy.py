"""Disks are copied four at a time, over distinct pairs of datastores, and share what they share."""

import pytest

from recommender.inventory.virtual_machine import Disk, PowerState
from recommender.migration.storage_copy import DiskCopy, copy_seconds, disk_copies, left_by_guest
from tests.inventories import make_host, make_vm, ref


def copy(source: str, destination: str, mib: float, *, over_network: bool = False) -> DiskCopy:
    return DiskCopy(ref(source), ref(destination), mib, over_network)


def seconds(*copies: DiskCopy) -> float:
    return copy_seconds(copies, datastore_mib_s=100.0, network_mib_s=50.0)


def test_one_disk_at_the_rate_of_its_datastores_or_of_the_network() -> None:
    assert seconds() == 0.0
    assert seconds(copy("a", "b", 1000)) == pytest.approx(10.0)
    assert seconds(copy("a", "b", 1000, over_network=True)) == pytest.approx(20.0)


def test_disks_of_one_pair_go_one_after_the_other_and_of_distinct_pairs_at_once() -> None:
    assert seconds(copy("a", "b", 1000), copy("a", "b", 500)) == pytest.approx(15.0)
    assert seconds(copy("a", "b", 1000), copy("c", "d", 500)) == pytest.approx(10.0)


def test_copies_from_one_datastore_share_it() -> None:
    """50 MiB/s each: the shorter is through after 10 s, the longer has 500 left and then 100 MiB/s: 15 s."""
    assert seconds(copy("a", "b", 1000), copy("a", "c", 500)) == pytest.approx(15.0)


def test_no_more_than_four_pairs_at_a_time() -> None:
    copies = [copy(f"from{i}", f"to{i}", 1000) for i in range(5)]
    assert seconds(*copies[:4]) == pytest.approx(10.0)
    assert seconds(*copies) == pytest.approx(20.0)


def test_only_disks_that_change_their_datastore_are_copied() -> None:
    disks = tuple(Disk(key=key, datastore=ref("old"), size_mib=100 * key) for key in (1, 2, 3))
    vm = make_vm("v", "a", disks=disks)
    found = disk_copies(vm, make_host("a", datastores=("old", "new")), {1: ref("new"), 2: ref("old"), 9: ref("new")})
    assert found == (copy("old", "new", 100.0),)
    assert disk_copies(vm, make_host("a", datastores=("old",)), {3: ref("new")})[0].over_network


def test_the_memory_of_a_suspended_vm_follows_when_all_its_disks_leave() -> None:
    vm = make_vm("v", "a", memory=4096, datastore="old", power_state=PowerState.SUSPENDED)
    host = make_host("a", datastores=("old", "new"))
    assert sum(one.size_mib for one in disk_copies(vm, host, {2000: ref("new")})) == 20_480 + 4096
    assert disk_copies(vm, host, {}) == ()


def test_what_the_guest_writes_is_mirrored_and_leaves_less_to_the_copy() -> None:
    """500 MiB/s less 100 of the guest; a guest that takes all of it is slowed itself, and a tenth is left."""
    assert left_by_guest(500.0, 0.0) == 500.0
    assert left_by_guest(500.0, 100.0) == 400.0
    assert left_by_guest(500.0, 900.0) == 50.0
