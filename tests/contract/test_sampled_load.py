"""Load over SOAP from real-time samples: it follows the VMs, and a sensor that tells nothing is named, never zero."""

from datetime import UTC, datetime

from recommender.inventory.lookup import vm_named
from recommender.policy import DemandPolicy, DemandStatistic
from recommender.vsphere.inventory_source import VCenterInventorySource
from recommender.vsphere.open_vcenters import open_vcenters
from recommender.vsphere.sampled_source import SampledInventorySource
from recommender.vsphere.session import Session
from tests.contract.estates import MOVING
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import one_site


def test_load_is_that_of_the_samples(simulator: RunningSimulator) -> None:
    with open_vcenters([simulator.address()], site_of=one_site, demand=DemandPolicy()) as (source, _):
        inventory = source.read()
    load = vm_named(inventory, MOVING).load
    assert (load.cpu_demand_mhz, load.cpu_now_mhz) == (2000, 2000)
    assert (load.memory_active_mib, load.memory_active_write_mib, load.memory_consumed_mib) == (2048, 512, 12_288)
    assert load.cpu_ready_percent == 0.5  # 100 ms of the 20 s of each vCPU
    assert (load.memory_swapped_mib, load.memory_ballooned_mib) == (0, None)
    assert load.missing_sensors == ("mem.vmmemctl.average", "virtualDisk.write.average")
    assert vm_named(inventory, "off-1").load.cpu_demand_mhz is None
    assert "QueryPerf" in simulator.operations()


def test_only_new_samples_are_asked_for_and_the_window_stays_as_long_as_it_is(simulator: RunningSimulator) -> None:
    session = Session(simulator.address())
    moments = iter([datetime(2026, 1, 5, 9, minute, tzinfo=UTC) for minute in (0, 1, 1)])
    policy = DemandPolicy(window_s=120)
    try:
        whole = VCenterInventorySource([session], site_of=one_site, now=lambda: next(moments))
        source = SampledInventorySource(whole, [session], policy)
        source.read()
        asked = simulator.operations().count("QueryPerf")
        source.read()
        again = simulator.operations().count("QueryPerf")
        source.read()
    finally:
        session.close()
    assert (asked, again) == (1, 2)
    assert simulator.operations().count("QueryPerf") == 2, "nothing is new at the same moment"
    assert {len(window.used_mhz) for window in source._windows.values()} == {6}


def test_nothing_is_asked_where_the_policy_wants_the_present(simulator: RunningSimulator) -> None:
    present = DemandPolicy(statistic=DemandStatistic.NOW)
    with open_vcenters([simulator.address()], site_of=one_site, demand=present) as (source, _):
        source.read()
    assert "QueryPerf" not in simulator.operations()
