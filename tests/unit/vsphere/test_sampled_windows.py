"""Windows of samples: nothing is counted twice, nothing old stays, and datastores' latency is that of the accesses."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.inventory.datastore import Datastore
from recommender.inventory.host import ConnectionState, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.measured import Measured
from recommender.inventory.reference import EntityRef
from recommender.policy import DemandPolicy
from recommender.vsphere.samples.hosts import IDLE_SLOTS, HostWindows
from recommender.vsphere.samples.performance import (
    ACTIVE,
    BALLOONED,
    CPU_USED,
    DISK_LATENCY,
    NOT_MEASURED,
    READ_LATENCY,
    READS,
    RECEIVED,
    SENT,
    VM_COUNTERS,
    WRITE_LATENCY,
    WRITES,
    Samples,
)
from recommender.vsphere.samples.vms import LARGEST, VmWindow
from recommender.vsphere.sources.sampled import SampledInventorySource
from tests.inventories import make_host, make_inventory, ref

LENGTH = 9
MIB = 1024


def samples(slot: int, **values: tuple[int, ...]) -> Samples:
    names = {"used": CPU_USED, "active": ACTIVE, "ballooned": BALLOONED}
    return Samples("vm-1", slot, {(names[key], ""): told for key, told in values.items()})


def test_samples_that_are_told_twice_count_once() -> None:
    window = VmWindow()
    window.take_in(samples(10, used=(1, 2, 3)), VM_COUNTERS, LENGTH)
    window.take_in(samples(12, used=(3, 4, 5)), VM_COUNTERS, LENGTH)
    window.take_in(samples(12, used=(5,)), VM_COUNTERS, LENGTH)
    assert list(window.used_mhz) == [1, 2, 3, 4, 5]


def test_a_hole_in_time_takes_as_much_of_what_is_old_away() -> None:
    window = VmWindow()
    window.take_in(samples(9, used=tuple(range(9))), VM_COUNTERS, LENGTH)
    window.take_in(samples(14, used=(50, 51)), VM_COUNTERS, LENGTH)  # three intervals are not told
    assert list(window.used_mhz) == [3, 4, 5, 6, 7, 8, 50, 51][-8:]
    window.take_in(samples(100, used=(90,)), VM_COUNTERS, LENGTH)
    assert list(window.used_mhz) == [90]


def test_memory_is_kept_by_the_highest_of_each_minute() -> None:
    window = VmWindow()
    window.take_in(samples(32, active=(1 * MIB, 5 * MIB, 2 * MIB)), VM_COUNTERS, LENGTH)  # 30, 31, 32: one minute
    window.take_in(samples(34, active=(3 * MIB, 9 * MIB)), VM_COUNTERS, LENGTH)
    window.take_in(samples(35, active=(4 * MIB,)), VM_COUNTERS, LENGTH)
    assert list(window.memory_mib[:: len(window.memory_mib) // 2]) == [5, 9]
    assert (window.p95_mib(ACTIVE), window.p95_mib(BALLOONED)) == (9, None)
    assert window.newest[ACTIVE] == 4 * MIB


def test_a_counter_that_tells_nothing_any_more_is_not_there_any_more() -> None:
    window = VmWindow()
    window.take_in(samples(9, used=(1,), active=(MIB,)), VM_COUNTERS, LENGTH)
    window.take_in(samples(10, used=(1,)), VM_COUNTERS, LENGTH)
    assert ACTIVE not in window.newest
    window.take_in(samples(11, active=(MIB,)), (ACTIVE,), LENGTH)
    assert {ACTIVE, CPU_USED} == window.newest.keys(), "the others were not asked for"


@settings(max_examples=60, deadline=None)
@given(
    readings=st.lists(
        st.tuples(st.integers(1, 40), st.lists(st.integers(-1, 1 << 45), min_size=1, max_size=12), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_a_window_is_never_longer_than_it_may_be_and_its_statistic_was_measured(
    readings: list[tuple[int, list[int], bool]],
) -> None:
    window, slot, seen = VmWindow(), 1000, set()
    for passed, values, is_memory_told in readings:
        slot += passed
        known = [value for value in values if value != NOT_MEASURED]
        told = {"used": tuple(known)} if known else {}
        if is_memory_told and known:
            told["active"] = tuple(known)
            seen |= {min(-(-value // MIB), LARGEST) for value in known}
        window.take_in(samples(slot, **told), VM_COUNTERS, LENGTH)
    assert len(window.used_mhz) <= LENGTH
    assert len(window.memory_mib) <= LENGTH // 3 * 5
    assert window.p95_mib(ACTIVE) in seen | {None}


HOSTS = {
    name: make_host(
        name, datastores=("one",), vmotion_adapters=(VMotionAdapter(device="vmk1", nics=("vmnic2", "vmnic3")),)
    )
    for name in "ab"
}
STORE = Datastore(
    ref=ref("one"),
    name="one",
    datacenter="dc",
    capacity_mib=100,
    free_mib=50,
    url="ds:///vmfs/volumes/4f1b-77/",
)
URLS = {STORE.ref: "4f1b-77"}


def told(host: str, slot: int, series: Mapping[tuple[str, str], tuple[int, ...]], windows: HostWindows) -> None:
    windows._take_in_host(HOSTS[host], Samples(host, slot, series), URLS)


def accesses(read_ms: int, reads: int, write_ms: int = 0, writes: int = 0) -> dict[tuple[str, str], tuple[int, ...]]:
    figures = {READ_LATENCY: read_ms, READS: reads, WRITE_LATENCY: write_ms, WRITES: writes}
    return {(name, "4f1b-77"): (value,) for name, value in figures.items()}


def test_latency_of_a_datastore_is_that_of_the_accesses_of_all_hosts() -> None:
    windows = HostWindows(3600)
    told("a", 50, accesses(10, 90, 20, 10), windows)
    told("b", 50, accesses(111, 100), windows)
    load = windows.loaded_store(STORE).load
    assert load.latency_ms == Measured(newest=61.0, p95=61.0, window_s=20)  # (900 + 200 + 11,100) / 200
    assert load.hosts == 2
    told("b", 50, accesses(111, 100), windows)
    assert windows.loaded_store(STORE).load == load, "told twice"


def test_a_datastore_that_nobody_uses_has_no_latency_and_not_one_of_zero() -> None:
    windows = HostWindows(3600)
    told("a", 50, accesses(0, 0), windows)
    assert windows.loaded_store(STORE).load.latency_ms is None
    assert windows.loaded_store(STORE).load.hosts == 1
    told("a", 51, accesses(8, 5), windows)
    told("a", 52, accesses(0, 0), windows)
    assert windows.loaded_store(STORE).load.latency_ms == Measured(newest=8.0, p95=8.0, window_s=20)
    told("a", 51 + IDLE_SLOTS, accesses(0, 0), windows)
    assert windows.loaded_store(STORE).load.latency_ms is None, "that was five minutes ago"


def test_a_host_that_falls_silent_is_told_as_unknown_and_its_datastores_by_the_others() -> None:
    windows = HostWindows(3600)
    told("a", 50, accesses(8, 5) | {(SENT, "vmnic2"): (122_070,)}, windows)
    windows._silence({HOSTS["a"].ref})
    host = windows.loaded(HOSTS["a"])
    assert (host.load.vmotion_sent_mbit_s, host.load.missing_sensors[1]) == (None, SENT)
    assert windows.loaded_store(STORE).load.latency_ms is None


@pytest.mark.parametrize(("nics", "mbit_s"), [({"vmnic2": 122_070, "vmnic3": 122_070}, 2000), ({"vmnic0": 9}, None)])
def test_what_goes_over_the_nics_of_vmotion_adds_up(nics: dict[str, int], mbit_s: int | None) -> None:
    windows = HostWindows(3600)
    told("a", 50, {(RECEIVED, nic): (kib_s,) for nic, kib_s in nics.items()}, windows)
    received = windows.loaded(HOSTS["a"]).load.vmotion_received_mbit_s
    assert (received.newest if received else None) == (pytest.approx(mbit_s, rel=1e-4) if mbit_s else None)


def test_a_host_that_is_not_connected_any_more_tells_nothing_of_before() -> None:
    inventory = make_inventory(list(HOSTS.values()), [])
    windows = HostWindows(3600)
    told("a", 50, {(DISK_LATENCY, ""): (12,)}, windows)
    source = SampledInventorySource(Told(inventory), [], DemandPolicy())
    source._hosts = windows
    assert source.read().hosts[0].load.disk_latency_ms is not None
    lost = replace(HOSTS["a"], connection_state=ConnectionState.NOT_RESPONDING)
    source._source = Told(make_inventory([lost, HOSTS["b"]], []))
    assert source.read().hosts[0].load.disk_latency_ms is None
    assert DISK_LATENCY in source.read().hosts[0].load.missing_sensors


class Told:
    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def read(self) -> Inventory:
        return self.inventory


def test_what_is_gone_is_forgotten() -> None:
    windows = HostWindows(3600)
    told("a", 50, accesses(8, 5), windows)
    windows.keep_only({STORE.ref})
    assert windows.loaded_store(STORE).load.hosts == 0
    windows.keep_only({EntityRef("other", "x")})
    assert not windows._stores
