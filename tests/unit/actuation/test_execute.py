"""A plan is carried out step by step, each sent once, and every step that is not has its reason."""

from dataclasses import replace
from datetime import timedelta

from recommender.actuation.step_result import StepEventKind
from recommender.errors import InventoryUnavailable
from recommender.inventory.virtual_machine import HOME
from recommender.move_order import CapScope, MigrationCap, OrderPolicy
from recommender.ports import StepState
from recommender.simulation.clock import MONDAY_MORNING
from recommender.simulation.failures import CallFault, FaultyCall, HostStopsResponding, MovedByHand, Outage, VmVanishes
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PLAN_ID, POLICY, World, a_plan, a_step, detail, states, three_hosts

DONE, FAILED, SKIPPED, UNKNOWN = StepState.DONE, StepState.FAILED, StepState.SKIPPED, StepState.UNKNOWN


def test_every_vm_arrives_and_the_journal_tells_its_whole_life() -> None:
    world = World(three_hosts())
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"),
        a_step(world.inventory, 2, "v2", "c"),
        a_step(world.inventory, 3, "v3", "b", start_s=10.0, after=(1,)),
    )
    results = world.run(plan)
    assert states(results) == {1: DONE, 2: DONE, 3: DONE}
    assert [world.host_of(vm) for vm in ("v1", "v2", "v3")] == ["b", "c", "b"]
    life = [StepState.PENDING, StepState.INTENT, StepState.SUBMITTED, StepState.DONE]
    assert all(world.journal.rows[PLAN_ID, number].states == life for number in (1, 2, 3))
    assert results[1].sent_at == MONDAY_MORNING


def test_the_duration_is_vcenters_own() -> None:
    world = World(three_hosts())
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    (truth,) = world.datacenter.truths
    actual_s = results[1].actual_s
    assert actual_s is not None
    assert abs(actual_s - truth.duration_s) < 1e-3
    assert (results[1].predicted_s, results[1].predicted_p95_s) == (10.0, 20.0)


def test_progress_is_told_from_the_call_to_the_end() -> None:
    world = World(three_hosts())
    world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    kinds = [event.kind for event in world.events]
    assert kinds[0] is StepEventKind.SENT
    assert kinds[-1] is StepEventKind.ENDED
    percents = [event.progress_percent for event in world.events if event.progress_percent is not None]
    assert percents == sorted(set(percents))
    assert len(percents) > 1


def test_steps_that_overlap_in_the_plan_run_at_the_same_time() -> None:
    world = World(three_hosts())
    world.run(a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c", start_s=5.0)))
    first, second = world.datacenter.relocate_calls
    assert first.at == second.at


def test_a_step_waits_for_one_that_the_plan_had_ended_before_it_on_the_same_host() -> None:
    world = World(three_hosts())
    world.run(a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c", start_s=10.0)))
    first, second = world.datacenter.relocate_calls
    assert first.task is not None
    status = world.datacenter.task(first.task)
    assert status is not None
    assert status.ended_at is not None
    assert second.at >= status.ended_at


def test_a_step_waits_while_another_of_ours_takes_the_room_it_needs() -> None:
    hosts = [make_host("a"), make_host("b", memory_mib=20_480), make_host("c")]
    world = World(make_inventory(hosts, [make_vm("big", "b", memory=16_384), make_vm("v", "a", memory=8192)]))
    plan = a_plan(a_step(world.inventory, 1, "big", "c"), a_step(world.inventory, 2, "v", "b", start_s=1.0))
    assert states(world.run(plan)) == {1: DONE, 2: DONE}
    (big, _) = world.datacenter.truths
    waited_s = (world.datacenter.relocate_calls[1].at - MONDAY_MORNING).total_seconds()
    assert waited_s >= big.duration_s


def test_a_step_for_which_there_is_no_room_is_skipped_with_the_numbers() -> None:
    world = World(make_inventory([make_host("a"), make_host("b", memory_mib=4096)], [make_vm("v", "a")]))
    results = world.run(a_plan(a_step(world.inventory, 1, "v", "b")))
    assert states(results) == {1: SKIPPED}
    assert detail(results, 1).startswith("memory_capacity: ")
    assert "MiB" in detail(results, 1)
    assert world.sent == []


def test_a_lost_answer_is_settled_by_finding_the_task() -> None:
    world = World(three_hosts(), [FaultyCall(call=1, fault=CallFault.LOST_ANSWER)])
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    assert states(results) == {1: DONE}
    assert results[1].actual_s is not None
    assert world.sent == ["v1"]
    row = world.journal.rows[PLAN_ID, 1]
    assert StepState.SUBMITTED in row.states
    assert row.task == world.datacenter.relocate_calls[0].task


def test_a_lost_request_fails_after_patience_and_is_not_sent_again() -> None:
    world = World(three_hosts(), [FaultyCall(call=1, fault=CallFault.LOST_REQUEST)])
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c", start_s=20.0, after=(1,))
    )
    results = world.run(plan)
    assert states(results) == {1: FAILED, 2: SKIPPED}
    assert "no task of it appeared in 31 s; the VM is on its source host a" in detail(results, 1)
    assert detail(results, 2) == "it depends on step 1, whose outcome is failed"
    assert world.sent == ["v1"]


def test_a_refusal_fails_at_once_in_vcenters_words() -> None:
    world = World(three_hosts(), [FaultyCall(call=1, fault=CallFault.REFUSED)])
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c")))
    assert states(results) == {1: FAILED, 2: DONE}
    assert detail(results, 1) == "vCenter refused: The operation is not supported on the object."


def test_a_migration_that_breaks_off_leaves_the_vm_at_its_source() -> None:
    world = World(three_hosts(), [FaultyCall(call=1, fault=CallFault.BREAKS_OFF)])
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    assert states(results) == {1: FAILED}
    assert "broken off" in detail(results, 1)
    assert "on its source host a" in detail(results, 1)


def test_a_vm_that_vanished_before_its_turn_is_skipped() -> None:
    world = World(three_hosts(), [VmVanishes(at_s=3.0, vm=ref("v2"))])
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))
    results = world.run(plan)
    assert states(results) == {1: DONE, 2: SKIPPED}
    assert detail(results, 2) == "the VM is gone"


def test_a_vm_that_vanishes_on_its_way_has_failed() -> None:
    world = World(three_hosts(), [VmVanishes(at_s=3.0, vm=ref("v1"))])
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    assert states(results) == {1: FAILED}
    assert detail(results, 1) == "the VM is gone"


def test_a_vm_that_somebody_moved_is_left_where_it_is() -> None:
    world = World(three_hosts(), [MovedByHand(at_s=0.0, vm=ref("v2"), destination=ref("c"))])
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))
    results = world.run(plan)
    assert states(results) == {1: DONE, 2: SKIPPED}
    assert detail(results, 2) == "it is on host c now, not on a"
    assert world.host_of("v2") == "c"


def test_a_vm_in_somebodys_migration_is_skipped() -> None:
    world = World(three_hosts(), [MovedByHand(at_s=0.0, vm=ref("v1"), destination=ref("c"))])
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    assert detail(results, 1) == "a migration of it to host c is under way"


def test_a_host_that_was_lost_is_not_migrated_to() -> None:
    world = World(three_hosts(), [HostStopsResponding(at_s=0.0, host=ref("b"))])
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c")))
    assert states(results) == {1: SKIPPED, 2: DONE}
    assert detail(results, 1) == "host_available: the host is not responding"


def test_a_short_outage_is_waited_out() -> None:
    world = World(three_hosts(), [Outage(at_s=2.0, for_s=60.0)])
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))
    assert states(world.run(plan)) == {1: DONE, 2: DONE}


def test_a_long_outage_leaves_what_was_sent_unknown_and_sends_nothing_more() -> None:
    world = World(three_hosts(), [Outage(at_s=2.0, for_s=10_000.0)])
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"),
        a_step(world.inventory, 2, "v2", "b", start_s=10.0),
        a_step(world.inventory, 3, "v3", "b", start_s=20.0, after=(1,)),
    )
    results = world.run(plan)
    assert states(results) == {1: UNKNOWN, 2: SKIPPED, 3: SKIPPED}
    assert "vCenter could not be asked for 120 s" in detail(results, 1)
    assert "no inventory could be read for 120 s: vCenter does not answer" in detail(results, 2)
    assert world.sent == ["v1"]


def test_after_stop_nothing_starts_and_what_runs_is_followed() -> None:
    world = World(three_hosts())
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))
    results = world.run(plan, stop=lambda: world.clock.monotonic() > 2.0)
    assert states(results) == {1: DONE, 2: SKIPPED}
    assert detail(results, 2) == "stop was asked for"


def test_a_step_that_would_pass_the_windows_end_is_not_started() -> None:
    world = World(three_hosts())
    deadline = MONDAY_MORNING + timedelta(seconds=20)
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))
    results = world.run(plan, deadline=deadline)
    assert states(results) == {1: DONE, 2: SKIPPED}
    assert detail(results, 2).endswith("(p95), the window ends at 2026-01-05 09:00:20 UTC")


def test_a_vm_that_is_excused_and_all_that_depend_on_it_are_skipped() -> None:
    world = World(three_hosts())
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c", start_s=10.0, after=(1,))
    )
    results = world.run(plan, excused={ref("v1"): "the VM has changed: its memory_mib is 8192 now"})
    assert detail(results, 1) == "the VM has changed: its memory_mib is 8192 now"
    assert detail(results, 2) == "it depends on step 1, whose outcome is skipped"
    assert world.sent == []


def test_an_inventory_that_is_too_old_is_no_inventory() -> None:
    world = World(three_hosts())

    class Stale:
        def read(self) -> object:
            return world.inventory  # taken at noon, and the clock has come to the evening

    world.clock.sleep(36_000.0)
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")), inventory_source=Stale())
    assert states(results) == {1: SKIPPED}
    assert "s old" in detail(results, 1)
    assert world.sent == []


def test_only_one_step_of_a_vm_is_under_way_at_a_time() -> None:
    world = World(three_hosts())
    onward = a_step(world.inventory, 2, "v1", "c", end_s=20.0)
    onward = replace(onward, move=replace(onward.move, source=ref("b")))
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b"), onward))
    assert states(results) == {1: DONE, 2: DONE}
    assert world.host_of("v1") == "c"


def test_disks_are_seen_on_their_new_datastore() -> None:
    world = World(three_hosts())
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "a", datastore="other")))
    assert states(results) == {1: DONE}
    place = world.datacenter.place_of(ref("v1"))
    assert place is not None
    assert place.disk_datastores == ((HOME, ref("other")), (2000, ref("other")))


def test_a_source_that_fails_for_a_moment_is_asked_again() -> None:
    world = World(three_hosts())

    class Hesitant:
        def __init__(self) -> None:
            self.asked = 0

        def read(self) -> object:
            self.asked += 1
            if self.asked < 3:
                raise InventoryUnavailable("not yet")
            return world.datacenter.read()

    assert states(world.run(a_plan(a_step(world.inventory, 1, "v1", "b")), inventory_source=Hesitant())) == {1: DONE}


def test_a_cap_of_the_operator_is_counted_anew_before_each_start() -> None:
    world = World(three_hosts())
    plan = a_plan(*(a_step(world.inventory, number, f"v{number}", "b") for number in (1, 2, 3)))
    cap = MigrationCap(name="one", scope=CapScope.HOST, of=("b",), at_once=1)
    assert states(world.run(plan, policy=replace(POLICY, order=OrderPolicy(cap=(cap,))))) == {1: DONE, 2: DONE, 3: DONE}
    ends = [world.datacenter.task(call.task) for call in world.datacenter.relocate_calls if call.task is not None]
    starts = [call.at for call in world.datacenter.relocate_calls]
    for end, start in zip(ends, starts[1:], strict=False):
        assert end is not None
        assert end.ended_at is not None
        assert end.ended_at <= start
