"""Load over SOAP from real-time samples: it follows the VMs, and a sensor that tells nothing is named, never zero."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recommender.inventory.inventory import Inventory
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.lookup import host_named, vm_named
from recommender.inventory.measured import Measured
from recommender.policy import DemandPolicy, DemandStatistic
from recommender.vsphere.samples.performance import VM_COUNTERS
from recommender.vsphere.session.open_vcenters import open_vcenters
from recommender.vsphere.session.session import Session
from recommender.vsphere.sources.reading import VCenterInventorySource
from recommender.vsphere.sources.sampled import SampledInventorySource
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Datastore
from tests.contract.estates import MOVING, uniform
from tests.contract.fault_proxy import FaultProxy, pass_on, proxy_before, unavailable
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import one_site, over_soap

VM, HERE, FREE = "vm-0001", "esx-001", "esx-002"


def test_load_is_that_of_the_samples(simulator: RunningSimulator) -> None:
    with open_vcenters([simulator.address()], site_of=one_site, demand=DemandPolicy()) as (source, _):
        inventory = source.read()
    load = vm_named(inventory, MOVING).load
    assert (load.cpu_demand_mhz, load.cpu_now_mhz) == (2000, 2000)
    assert (load.memory_active_mib, load.memory_active_write_mib, load.memory_consumed_mib) == (2048, 512, 12_288)
    assert (load.memory_active_p95_mib, load.memory_active_write_p95_mib, load.memory_consumed_p95_mib) == (
        2048, 512, 12_288,
    )  # fmt: skip
    assert load.cpu_ready_percent == 0.5  # 100 ms of the 20 s of each vCPU
    assert (load.memory_swapped_mib, load.memory_ballooned_mib, load.memory_ballooned_p95_mib) == (0, None, None)
    assert load.missing_sensors == ("mem.vmmemctl.average", "virtualDisk.write.average")
    assert load.window_s == 3600
    assert vm_named(inventory, "off-1").load.cpu_demand_mhz is None
    assert "QueryPerf" in simulator.operations()


@pytest.fixture
def slow(start_simulator: StartSimulator) -> RunningSimulator:
    """Its shared datastore takes 7 ms for each access, the slowest disk of its first host 12."""
    estate = uniform(2, 2)
    hosts = tuple(replace(host, disk_latency_ms=12 if host.name == HERE else 0) for host in estate.hosts)
    return start_simulator(replace(estate, hosts=hosts, datastores=(Datastore(name="shared", latency_ms=7),)))


def test_latency_of_disks_and_datastores_is_told_with_its_window(slow: RunningSimulator) -> None:
    with open_vcenters([slow.address()], site_of=one_site, demand=DemandPolicy()) as (source, _):
        inventory = source.read()
    (store,) = inventory.datastores
    assert store.load == DatastoreLoad(latency_ms=Measured(newest=7.0, p95=7.0, window_s=300), hosts=2)
    here, free = host_named(inventory, HERE).load, host_named(inventory, FREE).load
    assert here.disk_latency_ms == Measured(newest=12.0, p95=12.0, window_s=300)
    assert here.missing_sensors == ()
    assert free.disk_latency_ms is None
    assert free.missing_sensors == ("disk.maxTotalLatency.latest",)
    assert here.vmotion_sent_mbit_s == Measured(newest=0.0, p95=0.0, window_s=300), "measured, and nothing goes over it"


def test_migrations_are_seen_at_the_nics_that_carry_them(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(uniform(3, 3), migration_ms=10_000)
    with over_soap(simulator) as world:
        task = world.migrator.relocate(world.move(VM, FREE), "op-1")
        with open_vcenters([simulator.address()], site_of=one_site, demand=DemandPolicy()) as (source, _):
            inventory = source.read()
        world.migrator.cancel(task)
        world.ended(task)
    sent = host_named(inventory, HERE).load.vmotion_sent_mbit_s
    assert sent is not None
    assert sent.newest == pytest.approx(10_000, rel=0.001)
    idle = host_named(inventory, "esx-003").load.vmotion_received_mbit_s
    assert idle is not None
    assert idle.newest == 0


class Sampled:
    """A source whose clock a test may move on."""

    def __init__(self, simulator: RunningSimulator, policy: DemandPolicy) -> None:
        self.session = Session(simulator.address())
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        whole = VCenterInventorySource([self.session], site_of=one_site, now=lambda: self.now)
        self.source = SampledInventorySource(whole, [self.session], policy)

    def read(self, minute: int) -> Inventory:
        self.now = self.now.replace(minute=minute)
        return self.source.read()


@pytest.fixture
def proxy(slow: RunningSimulator) -> Iterator[FaultProxy]:
    with proxy_before(slow) as running:
        yield running


@pytest.fixture
def sampled(proxy: FaultProxy, slow: RunningSimulator) -> Iterator[Sampled]:
    through = Sampled(proxy.before(slow), DemandPolicy(window_s=120))
    try:
        yield through
    finally:
        through.session.close()


def test_only_new_samples_are_asked_for_and_the_window_stays_as_long_as_it_is(
    sampled: Sampled, slow: RunningSimulator
) -> None:
    sampled.read(0)
    asked = slow.operations().count("QueryPerf")
    inventory = sampled.read(1)
    again = slow.operations().count("QueryPerf")
    sampled.read(1)
    assert (asked, again - asked) == (3, 2), "CPU, all else, hosts; then VMs and hosts"
    assert slow.operations().count("QueryPerf") == again, "nothing is new at the same moment"
    assert {vm.load.window_s for vm in inventory.virtual_machines} == {120}


def test_where_samples_fail_the_old_window_is_not_in_force(
    sampled: Sampled, proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    sampled.read(0)
    proxy.on("QueryPerf", unavailable)
    with caplog.at_level(logging.WARNING):
        blind = sampled.read(1)
    load = vm_named(blind, VM).load
    assert load.cpu_demand_mhz is not None, "what quick figures tell"
    assert (load.cpu_now_mhz, load.memory_active_p95_mib, load.window_s) == (None, None, None)
    assert set(load.missing_sensors) == set(VM_COUNTERS)
    assert host_named(blind, HERE).load.disk_latency_ms is None
    assert blind.datastores[0].load == DatastoreLoad()
    assert "no real-time samples of vc" in caplog.text
    assert sampled.source.counts.unsampled == 1
    proxy.on("QueryPerf", pass_on)
    seeing = sampled.read(2)
    assert vm_named(seeing, VM).load.window_s == 120, "vCenter had kept them"
    assert seeing.datastores[0].load.latency_ms == Measured(newest=7.0, p95=7.0, window_s=120)


def test_after_our_clock_was_set_back_everything_is_asked_anew(sampled: Sampled, slow: RunningSimulator) -> None:
    sampled.read(30)
    asked = slow.operations().count("QueryPerf")
    inventory = sampled.read(10)
    assert slow.operations().count("QueryPerf") == asked + 3
    assert vm_named(inventory, VM).load.window_s == 120


PRESENT = DemandPolicy(statistic=DemandStatistic.NOW)


def test_nothing_is_asked_once_where_the_policy_wants_the_present(simulator: RunningSimulator) -> None:
    with open_vcenters([simulator.address()], site_of=one_site, demand=PRESENT) as (source, _):
        source.read()
    assert "QueryPerf" not in simulator.operations()


def test_a_process_that_stays_asks_hosts_whether_they_are_at_their_end(slow: RunningSimulator) -> None:
    often = timedelta(hours=1)
    with open_vcenters([slow.address()], site_of=one_site, demand=PRESENT, full_every=often) as (source, _):
        inventory = source.read()
    assert slow.operations().count("QueryPerf") == 1
    load = vm_named(inventory, VM).load
    assert (load.window_s, load.cpu_now_mhz, load.missing_sensors) == (None, None, ()), "quick figures are the present"
    assert load.cpu_demand_mhz is not None
    assert host_named(inventory, HERE).load.disk_latency_ms is not None
    assert inventory.datastores[0].load.latency_ms is not None
