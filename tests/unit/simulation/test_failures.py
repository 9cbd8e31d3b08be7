"""Each failure happens as it is described, when it is due, and the same every time."""

from collections.abc import Sequence

import pytest

from recommender.errors import InventoryUnavailable, MigrationRefused, OutcomeUnknown
from recommender.inventory.inventory import Inventory
from recommender.ports import TaskRef, TaskState, TaskStatus
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import (
    CallFault,
    Failure,
    FaultyCall,
    HostStopsResponding,
    MovedByHand,
    Outage,
    VmVanishes,
    random_failures,
)
from recommender.simulation.inventory_generator import generate_inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.simulation.moves import a_move

INVENTORY = make_inventory(
    [make_host("a"), make_host("b"), make_host("c")], [make_vm("v", "a", memory=32_768), make_vm("w", "a")]
)


class Day:
    """A data centre on which the given failures are visited."""

    def __init__(self, *failures: Failure, inventory: Inventory = INVENTORY) -> None:
        self.clock = SimulatedClock()
        self.datacenter = SimulatedDataCenter(inventory, self.clock, failures=failures)

    def relocate(self, vm: str = "v", to: str = "b") -> TaskRef:
        return self.datacenter.relocate(a_move(INVENTORY, vm, to), "op")

    def place(self, vm: str = "v") -> str | None:
        place = self.datacenter.place_of(ref(vm))
        return None if place is None else place.host.moid

    def tasks(self, vm: str = "v") -> Sequence[TaskStatus]:
        return self.datacenter.recent_tasks(ref(vm), INVENTORY.taken_at.replace(year=2020))

    def after(self, seconds: float) -> "Day":
        self.clock.sleep(seconds)
        return self


def test_a_refused_call_starts_nothing() -> None:
    day = Day(FaultyCall(call=1, fault=CallFault.REFUSED))
    with pytest.raises(MigrationRefused):
        day.relocate()
    assert day.tasks() == ()
    assert day.relocate() == day.tasks()[0].task


def test_a_lost_request_starts_nothing_though_nobody_knows() -> None:
    day = Day(FaultyCall(call=1, fault=CallFault.LOST_REQUEST))
    with pytest.raises(OutcomeUnknown):
        day.relocate()
    assert day.tasks() == ()
    assert [call.task for call in day.datacenter.relocate_calls] == [None]


def test_a_lost_answer_leaves_a_task_to_be_found() -> None:
    day = Day(FaultyCall(call=1, fault=CallFault.LOST_ANSWER))
    with pytest.raises(OutcomeUnknown):
        day.relocate()
    (task,) = day.tasks()
    assert task.operation_id == "op"
    assert day.after(100.0).place() == "b"


def test_a_migration_that_breaks_off_leaves_the_vm_at_its_source() -> None:
    day = Day(FaultyCall(call=2, fault=CallFault.BREAKS_OFF))
    day.relocate("w", "c")
    task = day.relocate()
    status = day.after(100.0).datacenter.task(task)
    assert status is not None
    assert status.state is TaskState.ERROR
    assert "broken off" in (status.error or "")
    assert (day.place("v"), day.place("w")) == ("a", "c")
    assert day.datacenter.read().in_flight == ()


def test_a_vm_that_vanishes_takes_its_migration_with_it() -> None:
    day = Day(VmVanishes(at_s=10.0, vm=ref("v")))
    task = day.relocate()
    status = day.after(20.0).datacenter.task(task)
    assert status is not None
    assert status.state is TaskState.ERROR
    assert status.ended_at is not None
    assert status.queued_at is not None
    assert (status.ended_at - status.queued_at).total_seconds() == 10.0
    assert day.place() is None
    with pytest.raises(MigrationRefused, match="already been deleted"):
        day.relocate()


def test_a_vm_moved_by_hand_is_somebody_elses_task() -> None:
    day = Day(MovedByHand(at_s=10.0, vm=ref("v"), destination=ref("c")))
    day.after(15.0)
    assert [flight.destination for flight in day.datacenter.read().in_flight] == [ref("c")]
    with pytest.raises(MigrationRefused, match="already in progress"):
        day.relocate()
    assert day.after(100.0).place() == "c"
    assert [task.operation_id for task in day.tasks()] == [None]


def test_a_move_by_hand_that_vcenter_refuses_changes_nothing() -> None:
    day = Day(MovedByHand(at_s=10.0, vm=ref("v"), destination=ref("c")))
    day.relocate()
    assert day.after(100.0).place() == "b"
    assert len(day.tasks()) == 1


def test_a_lost_host_fails_what_migrates_to_it_and_comes_back() -> None:
    day = Day(HostStopsResponding(at_s=10.0, host=ref("b"), for_s=60.0))
    task = day.relocate()
    status = day.after(20.0).datacenter.task(task)
    assert status is not None
    assert status.error == "A general system error occurred: host b does not answer."
    with pytest.raises(MigrationRefused, match="host b is notResponding"):
        day.relocate()
    day.after(60.0).relocate()
    assert day.after(100.0).place() == "b"


def test_in_an_outage_nothing_can_be_known_but_everything_goes_on() -> None:
    day = Day(Outage(at_s=5.0, for_s=60.0))
    task = day.relocate()
    day.after(10.0)
    with pytest.raises(InventoryUnavailable):
        day.datacenter.read()
    with pytest.raises(InventoryUnavailable):
        day.datacenter.task(task)
    with pytest.raises(InventoryUnavailable):
        day.place()
    with pytest.raises(OutcomeUnknown):
        day.relocate("w", "c")
    day.after(60.0)
    assert (day.place("v"), day.place("w")) == ("b", "a")


def test_an_ended_task_is_forgotten_but_stays_in_the_history() -> None:
    day = Day()
    task = day.relocate()
    assert day.after(300.0).datacenter.task(task) is not None
    assert day.after(600.0).datacenter.task(task) is None
    assert [status.task for status in day.tasks()] == [task]


def test_a_bad_day_is_the_same_for_the_same_seed() -> None:
    inventory = generate_inventory(1, hosts=4, vms=30, clusters=1)
    day = random_failures(3, inventory)
    assert day == random_failures(3, inventory)
    assert day != random_failures(4, inventory)
    faults = {failure.fault for failure in day if isinstance(failure, FaultyCall)}
    assert len(faults) >= 3
    assert any(isinstance(failure, VmVanishes) for failure in day)
