"""Durations of thousands of moves at once are those of single moves."""

import pytest

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.load import VmLoad
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.fleet import vm_migration_seconds
from recommender.policy import MigrationPolicy, Policy
from tests.inventories import make_host, make_inventory, make_vm


def test_a_quiet_vm_takes_its_memory_over_the_slower_end() -> None:
    """8,480 MiB at 0.8 × 10 Gbit/s = 953.674 MiB/s is 8.892 s; 2 s + 1 s around it, 0.1 s of device state and start."""
    hosts = [
        make_host("a", vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=25_000),)),
        make_host("b"),
    ]
    vm = make_vm("v", "a", memory=8480, load=VmLoad(dirty_mib_s=0.0))
    policy = Policy(migration=MigrationPolicy(usable_line_rate=0.8))
    seconds = vm_migration_seconds(make_inventory(hosts, [vm]), policy, [vm], hosts)
    assert seconds[0, 0] == 0
    assert seconds[0, 1] == pytest.approx(3.1 + 8.892, abs=0.001)


def test_a_vm_that_does_not_run_is_only_registered() -> None:
    hosts = [make_host("a"), make_host("b")]
    vm = make_vm("v", "a", memory=1 << 20, power_state=PowerState.POWERED_OFF)
    seconds = vm_migration_seconds(make_inventory(hosts, [vm]), Policy(), [vm], hosts)
    assert seconds.tolist() == [[0.0, 3.0]]


def test_hosts_of_different_sites_are_told_apart() -> None:
    hosts = [make_host("a"), make_host("b"), make_host("far", site="far")]
    vm = make_vm("v", "a")
    link = SiteLink(site_a="default", site_b="far", rtt_ms=20.0, bandwidth_mbit_s=500)
    inventory = make_inventory(hosts, [vm], site_links=(link,))
    (row,) = vm_migration_seconds(inventory, Policy(), [vm], hosts)
    assert row[2] > 10 * row[1] > 0


def test_nothing_asked_is_nothing_answered() -> None:
    hosts = [make_host("a")]
    vm = make_vm("v", "a")
    inventory = make_inventory(hosts, [vm])
    assert vm_migration_seconds(inventory, Policy(), [], hosts).shape == (0, 1)
    assert vm_migration_seconds(inventory, Policy(), [vm], []).shape == (1, 0)
