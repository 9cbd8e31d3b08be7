"""Durations of thousands of moves at once are those of single moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.load import VmLoad
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.estimate import RiskClass
from recommender.migration.estimate_move import estimate_move
from recommender.migration.fleet import vm_converging, vm_migration_seconds
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


LINKS = st.sampled_from([None, 1_000, 10_000, 25_000, 100_000])
ADAPTERS = st.one_of(st.none(), st.lists(LINKS, max_size=3))
HOSTS = st.lists(st.tuples(ADAPTERS, st.sampled_from("ab")), min_size=1, max_size=5)
AMOUNTS = st.one_of(st.none(), st.integers(min_value=0, max_value=1 << 20))
LOADS = st.builds(
    VmLoad,
    memory_active_mib=AMOUNTS,
    memory_consumed_mib=AMOUNTS,
    dirty_mib_s=st.one_of(st.none(), st.floats(min_value=0, max_value=1e4)),
    duration_factor=st.one_of(st.none(), st.floats(min_value=0.05, max_value=20)),
)
KEYS = st.sampled_from([None, "kms"])
VMS = st.lists(st.tuples(st.integers(0, 4), LOADS, st.sampled_from(PowerState), KEYS), max_size=6)


@given(HOSTS, VMS, st.sampled_from([0.0, 0.3, 40.0]), st.sampled_from([None, 400]))
def test_every_pair_is_as_long_as_the_single_move(
    ends: list[tuple[list[int | None] | None, str]],
    guests: list[tuple[int, VmLoad, PowerState, str | None]],
    rtt_ms: float,
    bandwidth_mbit_s: int | None,
) -> None:
    hosts = [
        make_host(
            f"h{number}",
            site=site,
            vmotion_adapters=None
            if speeds is None
            else tuple(VMotionAdapter(device=f"vmk{k}", link_mbit_s=speed) for k, speed in enumerate(speeds)),
        )
        for number, (speeds, site) in enumerate(ends)
    ]
    vms = [
        make_vm(f"v{n}", f"h{on % len(hosts)}", memory=1 << 16, load=load, power_state=state, key_provider=key)
        for n, (on, load, state, key) in enumerate(guests)
    ]
    link = SiteLink(site_a="a", site_b="b", rtt_ms=rtt_ms, bandwidth_mbit_s=bandwidth_mbit_s)
    inventory = make_inventory(hosts, vms, site_links=(link,))
    seconds = vm_migration_seconds(inventory, Policy(), vms, hosts)
    converging = vm_converging(inventory, Policy(), vms, hosts)
    for row, vm in enumerate(vms):
        for column, host in enumerate(hosts):
            single = estimate_move(inventory, Policy(), vm, host)
            assert seconds[row, column] == pytest.approx(single.duration_p50_s, rel=1e-6)
            if host.ref != vm.host:
                assert converging[row, column] == (single.risk is not RiskClass.MAY_NOT_CONVERGE)
