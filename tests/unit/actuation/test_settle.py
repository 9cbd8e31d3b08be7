"""What became of a call is found out by looking: at the task, at the VM, and with limited patience."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from recommender.actuation.operation_id import step_operation_id
from recommender.actuation.patience import Patience
from recommender.actuation.settle import SentMove, Settlement
from recommender.errors import InventoryUnavailable
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.result import DiskMove, Move
from recommender.planning.kept_settings import KeptSettings
from recommender.planning.move_check import MoveCheck
from recommender.policy import VsanEvacuation
from recommender.ports import StepOutcome, StepState, TaskRef, TaskState, TaskStatus, VmPlace, VsanHealth
from recommender.restoration import SettingsThere
from recommender.simulation.clock import MONDAY_MORNING, SimulatedClock
from tests.inventories import VCENTER, ref

TASK = TaskRef(VCENTER, "task-1")
PATIENCE = Patience(poll_s=1.0, appear_s=30.0, silence_s=120.0, run_s=1000.0)
RUNNING = TaskStatus(
    task=TASK,
    entity=ref("v"),
    operation="RelocateVM_Task",
    state=TaskState.RUNNING,
    progress_percent=40,
    queued_at=MONDAY_MORNING,
    started_at=MONDAY_MORNING + timedelta(seconds=3),
    operation_id="op-1",
)
SUCCESS = replace(RUNNING, state=TaskState.SUCCESS, ended_at=MONDAY_MORNING + timedelta(seconds=15))
ERROR = replace(SUCCESS, state=TaskState.ERROR, error="Timed out.")
AT_SOURCE = VmPlace(
    vm=ref("v"),
    instance_uuid="uuid-v",
    host=ref("a"),
    power_state=PowerState.POWERED_ON,
    disk_datastores=((2000, ref("ds")), (2001, ref("ds"))),
)
ARRIVED = replace(AT_SOURCE, host=ref("b"))


class Scripted:
    """A ``Migrator`` that may only be looked at."""

    def __init__(self, *tasks: TaskStatus, place: VmPlace | None, listed: tuple[TaskStatus, ...] | None = None) -> None:
        self.tasks, self.place = tasks, place
        self.listed = tasks if listed is None else listed
        self.silent = False

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        raise AssertionError((move, operation_id))

    def check(self, move: Move) -> MoveCheck:
        raise AssertionError(move)

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        raise AssertionError((host, operation_id, vsan, takes_all))

    def cancel(self, task: TaskRef) -> None:
        raise AssertionError(task)

    def found_in(self, vcenter: str, instance_uuid: str) -> VmPlace | None:
        raise AssertionError((vcenter, instance_uuid))

    def settings_there(self, kept: KeptSettings, destination: EntityRef) -> SettingsThere:
        raise AssertionError((kept, destination))

    def restore_settings(self, kept: KeptSettings, destination: EntityRef, operation_id: str) -> SettingsThere:
        raise AssertionError((kept, destination, operation_id))

    def vsan_health(self, hosts: Sequence[EntityRef]) -> VsanHealth:
        raise AssertionError(hosts)

    def exit_maintenance(self, host: EntityRef, operation_id: str) -> TaskRef:
        raise AssertionError((host, operation_id))

    def task(self, task: TaskRef) -> TaskStatus | None:
        if self.silent:
            raise InventoryUnavailable("no answer")
        return next((status for status in self.tasks if status.task == task), None)

    def recent_tasks(self, entity: EntityRef, since: datetime) -> tuple[TaskStatus, ...]:
        if self.silent:
            raise InventoryUnavailable("no answer")
        return tuple(task for task in self.listed if task.entity == entity and (task.queued_at or since) >= since)

    def place_of(self, vm: EntityRef) -> VmPlace | None:
        assert vm == ref("v")
        return self.place


def settle(
    migrator: Scripted, *, clock: SimulatedClock | None = None, doubtful_since: datetime | None = None, **changes: Any
) -> tuple[StepOutcome, float]:
    """The outcome, and after how many seconds it was told."""
    clock = clock or SimulatedClock()
    sent = SentMove(
        vm=ref("v"),
        instance_uuid="uuid-v",
        source=ref("a"),
        destination=ref("b"),
        operation_id="op-1",
        intended_at=MONDAY_MORNING,
        task=TASK,
    )
    settlement = Settlement(replace(sent, **changes), migrator, clock, patience=PATIENCE, doubtful_since=doubtful_since)
    while (outcome := settlement.look()) is None:
        clock.sleep(PATIENCE.poll_s)
    return outcome, clock.monotonic()


def test_a_successful_task_and_the_vm_at_its_destination_is_done() -> None:
    outcome, after_s = settle(Scripted(SUCCESS, place=ARRIVED))
    assert outcome == StepOutcome(state=StepState.DONE, detail="the VM was seen at its destination", duration_s=12.0)
    assert after_s == 0.0


def test_a_failed_task_is_told_in_vcenters_words() -> None:
    outcome, _ = settle(Scripted(ERROR, place=AT_SOURCE))
    assert outcome.state is StepState.FAILED
    assert outcome.detail == "vCenter says: Timed out.; the VM is on its source host vc/a"


def test_a_vm_that_arrived_although_its_task_failed_is_done() -> None:
    outcome, _ = settle(Scripted(ERROR, place=ARRIVED))
    assert outcome.state is StepState.DONE
    assert outcome.detail.endswith("although vCenter says: Timed out.")


def test_success_alone_is_not_believed() -> None:
    outcome, after_s = settle(Scripted(SUCCESS, place=replace(AT_SOURCE, host=ref("c"))))
    assert outcome.state is StepState.FAILED
    assert outcome.detail == "vCenter says that the migration succeeded, but the VM is on another host, vc/c"
    assert after_s == 30.0


def test_every_disk_must_have_arrived() -> None:
    disk_moves = tuple(DiskMove(disk_key=key, source=ref("ds"), destination=ref("new")) for key in (2000, 2001))
    half = replace(ARRIVED, disk_datastores=((2000, ref("new")), (2001, ref("ds"))))
    outcome, _ = settle(Scripted(SUCCESS, place=half), disk_moves=disk_moves)
    assert outcome.state is StepState.FAILED
    assert "not all of its disks" in outcome.detail
    whole = replace(ARRIVED, disk_datastores=((2000, ref("new")), (2001, ref("new"))))
    assert settle(Scripted(SUCCESS, place=whole), disk_moves=disk_moves)[0].state is StepState.DONE


def test_a_task_that_vcenter_has_forgotten_is_told_by_the_vm() -> None:
    assert settle(Scripted(place=ARRIVED))[0].state is StepState.DONE
    outcome, _ = settle(Scripted(place=AT_SOURCE))
    assert outcome.state is StepState.FAILED
    assert outcome.detail == "vCenter has forgotten task vc/task-1; the VM is on its source host vc/a"


def test_a_forgotten_task_may_still_be_in_the_vms_own_list() -> None:
    outcome, _ = settle(Scripted(place=ARRIVED, listed=(SUCCESS,)))
    assert outcome.duration_s == 12.0


def test_a_lost_answer_is_found_by_its_operation_id_among_others() -> None:
    other = replace(ERROR, task=TaskRef(VCENTER, "task-0"), operation_id="somebody-else")
    outcome, _ = settle(Scripted(other, SUCCESS, place=ARRIVED), task=None)
    assert outcome.duration_s == 12.0


def test_the_task_of_another_step_is_not_ours() -> None:
    other = replace(RUNNING, task=TaskRef(VCENTER, "task-0"), operation_id=step_operation_id("c0ffee" * 3, 7))
    outcome, after_s = settle(Scripted(other, place=AT_SOURCE), task=None)
    assert outcome.state is StepState.FAILED
    assert "no task of it appeared in 30 s" in outcome.detail
    assert after_s == 30.0


@pytest.mark.parametrize("shown", [None, "", "5c1d2f-auto-9h-h5:70001234-11"])
def test_whatever_id_vcenter_shows_a_migration_of_the_vm_since_the_intent_is_waited_for(shown: str | None) -> None:
    running = replace(RUNNING, operation_id=shown)
    outcome, after_s = settle(Scripted(running, place=AT_SOURCE), task=None)
    assert outcome.state is StepState.UNKNOWN, "it may be ours: it has not failed while it runs"
    assert after_s == 1000.0
    ended = replace(SUCCESS, operation_id=shown)
    assert settle(Scripted(ended, place=ARRIVED), task=None)[0].duration_s == 12.0
    failed, _ = settle(Scripted(replace(ERROR, operation_id=shown), place=AT_SOURCE), task=None)
    assert "a migration of the VM failed (Timed out.)" in failed.detail


@pytest.mark.parametrize("operation", ["Snapshot", "CheckRelocate_Task"])
def test_other_tasks_of_the_vm_are_not_waited_for(operation: str) -> None:
    unnamed = replace(RUNNING, operation_id=None, operation=operation)
    assert settle(Scripted(unnamed, place=AT_SOURCE), task=None)[1] == 30.0


def test_a_task_from_before_the_intent_is_not_ours() -> None:
    earlier = replace(RUNNING, operation_id=None, queued_at=MONDAY_MORNING - timedelta(minutes=1))
    assert settle(Scripted(earlier, place=AT_SOURCE), task=None)[1] == 30.0


def test_a_vm_that_is_gone_or_another_has_failed() -> None:
    assert settle(Scripted(SUCCESS, place=None))[0].detail == "the VM is gone"
    other = replace(ARRIVED, instance_uuid="uuid-w")
    assert settle(Scripted(SUCCESS, place=other))[0].detail == "another VM has its address now"


def test_a_task_that_runs_for_ever_is_given_up_as_unknown() -> None:
    outcome, after_s = settle(Scripted(RUNNING, place=AT_SOURCE))
    assert outcome.state is StepState.UNKNOWN
    assert outcome.detail.startswith("task vc/task-1 is still running after 1000 s")
    assert after_s == 1000.0


def test_a_silent_vcenter_is_given_up_as_unknown() -> None:
    migrator = Scripted(RUNNING, place=AT_SOURCE)
    migrator.silent = True
    outcome, after_s = settle(migrator)
    assert outcome.state is StepState.UNKNOWN
    assert outcome.detail.startswith("vCenter could not be asked for 120 s: no answer")
    assert after_s == 120.0


def test_long_after_a_crash_there_is_nothing_to_wait_for() -> None:
    clock = SimulatedClock(MONDAY_MORNING + timedelta(hours=1))
    outcome, after_s = settle(Scripted(place=AT_SOURCE), clock=clock, doubtful_since=MONDAY_MORNING, task=None)
    assert outcome.state is StepState.FAILED
    assert after_s == 0.0


def test_where_only_disks_moved_and_are_not_known_any_more_the_task_must_tell() -> None:
    place = replace(AT_SOURCE, disk_datastores=())
    assert settle(Scripted(place=place), destination=ref("a"))[0].state is StepState.FAILED
    assert settle(Scripted(SUCCESS, place=place), destination=ref("a"))[0].state is StepState.DONE
