"""Predictions of moves in an inventory: what is moved, how, and what the numbers rest on."""

from dataclasses import replace

import pytest

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.load import HostLoad, LearntWay, VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VirtualMachine
from recommender.migration.estimate import MigrationEstimate, MigrationKind, RiskClass
from recommender.migration.estimate_move import estimate_move
from recommender.migration.fleet import vm_migration_seconds
from recommender.migration.live_estimate import FIXED_FACTOR
from recommender.migration.stated_inputs import without_learning
from recommender.policy import MigrationPolicy, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

POLICY = Policy(migration=MigrationPolicy(usable_line_rate=0.8388608))  # 10 Gbit/s make 1,000 MiB/s
STORES = ("ds", "new")
NO_MOVE = {2000: ref("ds")}
TO_NEW = {2000: ref("new")}


def estimate(vm: VirtualMachine, to: str, disk_targets: dict[int, EntityRef] | None = None) -> MigrationEstimate:
    hosts = [
        make_host("a", datastores=STORES),
        make_host("b", datastores=STORES),
        make_host("far", datastores=("new",)),
    ]
    inventory = make_inventory(hosts, [vm])
    return estimate_move(inventory, POLICY, vm, inventory.host(ref(to)), disk_targets)


def quiet(state: PowerState = PowerState.POWERED_ON) -> VirtualMachine:
    load = VmLoad(memory_consumed_mib=8_000, dirty_mib_s=0.0)
    return make_vm("v", "a", memory=8_000, load=load, power_state=state)


@pytest.mark.parametrize(
    ("to", "disk_targets", "kind", "seconds", "sent"),
    [
        # 3 s around it, 0.1 s of switchover, 8,000 MiB of memory at 1,000 MiB/s, 20,480 MiB of disk at 500 MiB/s
        ("b", None, MigrationKind.VMOTION, 3.1 + 8.0, 8_000),
        ("b", NO_MOVE, MigrationKind.VMOTION, 3.1 + 8.0, 8_000),
        ("a", TO_NEW, MigrationKind.STORAGE_VMOTION, 3.1 + 40.96, 20_480),
        ("b", TO_NEW, MigrationKind.COMBINED, 3.1 + 8.0 + 40.96, 28_480),
        ("a", None, MigrationKind.VMOTION, 0.0, 0),
    ],
)
def test_a_running_vm(
    to: str, disk_targets: dict[int, EntityRef] | None, kind: MigrationKind, seconds: float, sent: int
) -> None:
    found = estimate(quiet(), to, disk_targets)
    assert found.kind is kind
    assert found.duration_p50_s == pytest.approx(seconds)
    assert found.sent_mib_p50 == pytest.approx(sent)
    assert found.risk is RiskClass.SAFE
    assert found.converges


@pytest.mark.parametrize("state", [PowerState.POWERED_OFF, PowerState.SUSPENDED])
def test_a_vm_that_does_not_run_is_registered_elsewhere_in_seconds(state: PowerState) -> None:
    found = estimate(quiet(state), "b")
    assert (found.kind, found.duration_p50_s) == (MigrationKind.COLD, 3.0)
    assert found.duration_p95_s == pytest.approx(3.0 * FIXED_FACTOR)
    assert (found.downtime_p95_ms, found.sent_mib_p95, found.rounds) == (0.0, 0.0, ())


def test_the_files_of_a_vm_that_does_not_run_are_copied() -> None:
    off = estimate(quiet(PowerState.POWERED_OFF), "b", TO_NEW)
    suspended = estimate(quiet(PowerState.SUSPENDED), "b", TO_NEW)
    assert off.duration_p50_s == pytest.approx(3.0 + 20_480 / 500)
    assert suspended.duration_p50_s == pytest.approx(3.0 + (20_480 + 8_000) / 500)
    assert off.duration_p95_s > off.duration_p50_s
    assert off.downtime_p95_ms == 0.0


def test_every_input_says_where_it_came_from() -> None:
    found = estimate(make_vm("v", "a", load=VmLoad()), "b", TO_NEW)
    origins = {one.name: one.origin for one in found.inputs}
    assert list(origins) == [
        "memory",
        "working set",
        "dirty rate",
        "bandwidth",
        "round trip",
        "disks",
        "datastore rate",
    ]
    assert origins["memory"] == "configured memory; consumption unknown"
    assert origins["dirty rate"].startswith("assumed")
    assert origins["bandwidth"] == "vMotion adapters; 84% of a link's rate are usable"


def test_an_unknown_link_is_taken_for_the_slowest_that_vsphere_allows_and_said_to_be() -> None:
    hosts = [make_host("a"), make_host("b", vmotion_adapters=(VMotionAdapter(device="vmk1"),))]
    vm = quiet()
    inventory = make_inventory(hosts, [vm])
    found = estimate_move(inventory, POLICY, vm, hosts[1])
    (bandwidth,) = [one for one in found.inputs if one.name == "bandwidth"]
    assert bandwidth.value == pytest.approx(100.0)
    assert "assumed: 1000 Mbit/s" in bandwidth.origin
    assert found.duration_p50_s == pytest.approx(3.1 + 80.0)
    assert found.duration_p95_s == pytest.approx(3.1 + 80.0 * 1.931, abs=0.1)  # e^(1.645 · 0.4) = 1.931


def test_p95_allows_more_for_a_dirty_rate_that_nobody_measured() -> None:
    """Both guests write 100 MiB/s in the median; at p95 the guess allows a factor of 3.2, the measurement of 1.2."""
    load = VmLoad(memory_active_mib=6_000, memory_consumed_mib=16_384)
    guessed = estimate(make_vm("v", "a", memory=16_384, load=load), "b")
    measured = estimate(make_vm("v", "a", memory=16_384, load=replace(load, dirty_mib_s=100.0)), "b")
    assert guessed.duration_p50_s == pytest.approx(measured.duration_p50_s)
    assert guessed.duration_p95_s > measured.duration_p95_s > measured.duration_p50_s


def test_what_was_learnt_of_a_vm_is_in_its_prediction_and_said() -> None:
    """3 s + 0.1 s + 8 s by the model; what was learnt is of the whole, and p95 is of the model's median too."""
    load = VmLoad(memory_consumed_mib=8_000, dirty_mib_s=0.0, duration_factor=1.5, duration_p95_factor=2.0)
    found = estimate(make_vm("v", "a", memory=8_000, load=load), "b")
    assert found.duration_p50_s == pytest.approx(1.5 * 11.1)
    assert found.duration_p95_s == pytest.approx(2.0 * 11.1)
    assert found.inputs[-1].name == "learnt factor"
    with_disks = estimate(make_vm("v", "a", memory=8_000, load=load), "b", TO_NEW)
    assert with_disks.duration_p50_s == pytest.approx(1.5 * 11.1 + 40.96)


def test_an_encrypted_vm_goes_as_fast_as_it_can_be_encrypted() -> None:
    rules = replace(POLICY.migration, encrypted_stream_mbit_s=4194.304)  # 500 MiB/s
    hosts = [make_host("a"), make_host("b")]
    vm = replace(quiet(), key_provider="kms")
    found = estimate_move(make_inventory(hosts, [vm]), Policy(migration=rules), vm, hosts[1])
    assert found.duration_p50_s == pytest.approx(3.1 + 16.0)
    assert "encryption" in next(one.origin for one in found.inputs if one.name == "bandwidth")


def test_writes_of_a_running_guest_drag_on_the_copy_of_its_disks() -> None:
    """20,480 MiB at 500 − 100 MiB/s are 51.2 instead of 40.96 s; a VM that is off writes nothing."""
    writing = replace(quiet(), load=replace(quiet().load, disk_write_mib_s=100.0))
    assert estimate(writing, "a", TO_NEW).duration_p50_s == pytest.approx(3.1 + 51.2)
    assert estimate(replace(writing, power_state=PowerState.POWERED_OFF), "a", TO_NEW).duration_p50_s == pytest.approx(
        3.0 + 40.96
    )


def test_the_width_is_told_by_what_makes_it_widest_first() -> None:
    busy = VmLoad(memory_active_mib=16_000, memory_consumed_mib=32_000)
    reason = estimate(make_vm("v", "a", memory=32_768, load=busy), "b").width_reason
    assert reason.startswith("p95 is ")
    assert reason.index("a dirty rate 3.2 × as high (assumed)") < reason.index("15% less bandwidth")
    taught = VmLoad(memory_active_mib=4_000, duration_factor=1.0, duration_p95_factor=2.0)
    assert "how far past predictions were off" in estimate(make_vm("v", "a", load=taught), "b").width_reason


def test_what_was_learnt_of_a_host_pair_is_in_its_predictions_and_in_no_other() -> None:
    """3 s + 0.1 s + 8 s by the model; over the learnt way 2 s + 1.5 times that, and what the VM takes beside that."""
    way = LearntWay(destination=ref("b"), overhead_s=2.0, slowness=1.5)
    hosts = [make_host("a", load=HostLoad(learnt_ways=(way,))), make_host("b"), make_host("c")]
    vm = quiet()
    inventory = make_inventory(hosts, [vm])
    to_b = estimate_move(inventory, POLICY, vm, hosts[1])
    assert to_b.duration_p50_s == pytest.approx(2.0 + 1.5 * 11.1)
    assert sum(phase.p50_s for phase in to_b.phases) == pytest.approx(to_b.duration_p50_s)
    assert estimate_move(inventory, POLICY, vm, hosts[2]).duration_p50_s == pytest.approx(11.1)
    taught = replace(vm, load=replace(vm.load, duration_factor=2.0))
    found = estimate_move(inventory, POLICY, taught, hosts[1])
    assert found.duration_p50_s == pytest.approx(2 * (2.0 + 1.5 * 11.1))
    inputs = {one.name: one.value for one in found.inputs}
    assert without_learning(found.duration_p50_s, inputs) == pytest.approx(11.1)
    seconds = vm_migration_seconds(inventory, POLICY, [taught], hosts)
    assert seconds[0].tolist() == pytest.approx([0.0, 2 * (2.0 + 1.5 * 11.1), 22.2])
