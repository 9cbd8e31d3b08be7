"""An empty host enters maintenance mode by one call; one that is not empty is left alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from recommender.actuation.host_recovery import recover_host_calls
from recommender.actuation.maintenance import Closing, enter_maintenance_mode
from recommender.errors import MigrationRefused, OutcomeUnknown
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VmKind
from recommender.policy import VsanEvacuation
from recommender.ports import Order, OrderKind, StepOutcome, StepState, TaskRef, TaskState, TaskStatus
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import Failure, Outage
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.memory_journal import MemoryJournal
from tests.simulation.moves import a_move
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID


class Site:
    """A simulated data centre that counts the calls to it; ``lose`` loses requests or answers."""

    def __init__(self, *vms: Any, failures: tuple[Failure, ...] = (), lose: str = "", **host: Any) -> None:
        self.clock = SimulatedClock()
        self.journal = MemoryJournal()
        inventory = make_inventory([make_host("a", **host), make_host("b")], vms)
        self.datacenter = SimulatedDataCenter(inventory, self.clock, failures=failures)
        self.lose, self.calls = lose, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.datacenter, name)

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        self.calls += 1
        if self.lose == "request":
            raise OutcomeUnknown("lost")
        if self.lose == "refused":
            raise MigrationRefused("The operation is not allowed in the current state.")
        task = self.datacenter.enter_maintenance(host, operation_id, vsan, takes_all=takes_all)
        if self.lose == "answer":
            raise OutcomeUnknown("lost")
        return task

    def enter(self, **changes: Any) -> StepOutcome:
        return enter_maintenance_mode(self.closing(**changes))

    def closing(self, **changes: Any) -> Closing:
        arguments: dict[str, Any] = {
            "host": ref("a"),
            "plan_id": PLAN_ID,
            "journal": self.journal,
            "source": self.datacenter,
            "migrator": self,
            "clock": self.clock,
            "patience": PATIENCE,
        }
        return Closing(**(arguments | changes))

    def is_in_maintenance(self) -> bool:
        return bool(self.datacenter.read().host(ref("a")).in_maintenance)


def test_an_empty_host_enters_by_one_call() -> None:
    site = Site(make_vm("v", "b"))
    outcome = site.enter()
    assert outcome.state is StepState.DONE
    assert site.is_in_maintenance()
    assert site.calls == 1


def test_vcls_and_agent_vms_do_not_count() -> None:
    site = Site(make_vm("vcls", "a", kind=VmKind.VCLS), make_vm("agent", "a", kind=VmKind.AGENT))
    assert site.enter().state is StepState.DONE


def test_a_host_with_vms_is_left_alone_even_if_they_are_off() -> None:
    vms = [make_vm(f"v{number}", "a", power_state=PowerState.POWERED_OFF) for number in range(7)]
    site = Site(*vms)
    outcome = site.enter()
    assert outcome.state is StepState.SKIPPED
    assert outcome.detail == "the host is not empty: 7 VMs on it or on the way to it (v0, v1, v2, v3, v4 …)"
    assert site.calls == 0


def test_a_host_to_which_something_is_on_its_way_is_left_alone() -> None:
    site = Site(make_vm("v", "b"))
    site.datacenter.relocate(a_move(site.datacenter.read(), "v", "a"), "somebody")
    assert site.enter().detail == "the host is not empty: 1 VM on it or on the way to it (v)"


def test_a_host_in_maintenance_mode_already_needs_no_call() -> None:
    site = Site(in_maintenance=True)
    assert site.enter().state is StepState.DONE
    assert site.calls == 0


def test_a_host_that_is_lost_or_gone_is_left_alone() -> None:
    site = Site(connection_state=ConnectionState.NOT_RESPONDING)
    assert site.enter().detail == "the host is notResponding"
    site = Site()

    class Without:
        def read(self) -> Inventory:
            return replace(site.datacenter.read(), hosts=())

    assert site.enter(source=Without()).detail == "the host is no longer in the inventory"


def test_a_refusal_is_told_in_vcenters_words() -> None:
    outcome = Site(lose="refused").enter()
    assert outcome.state is StepState.FAILED
    assert outcome.detail == "vCenter refused: The operation is not allowed in the current state."


def test_a_lost_answer_is_settled_by_the_host() -> None:
    site = Site(lose="answer")
    assert site.enter().state is StepState.DONE
    assert site.calls == 1


class SlowAndRenamed(Site):
    """Its answer is lost, its task shows another operation id, and lasts longer than a task takes to appear."""

    looks = 0

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        raise OutcomeUnknown(f"lost: {host} {operation_id} {vsan} {takes_all}")

    def recent_tasks(self, host: EntityRef, since: datetime) -> tuple[TaskStatus, ...]:
        self.looks += 1
        if self.looks == 100:
            self.datacenter.enter_maintenance(host, "late")
        status = TaskStatus(
            task=TaskRef(host.vcenter, "task-77"),
            entity=host,
            operation="EnterMaintenanceMode_Task",
            state=TaskState.RUNNING if self.looks < 100 else TaskState.SUCCESS,
            queued_at=since,
            operation_id="7f-auto:1",
        )
        return (status,)


def test_a_lost_answer_whose_task_shows_another_operation_id_is_waited_for() -> None:
    site = SlowAndRenamed(make_vm("v", "b"))
    assert site.enter().state is StepState.DONE
    assert site.looks >= 100


def test_a_lost_request_fails_after_patience_and_is_not_sent_again() -> None:
    site = Site(lose="request")
    outcome = site.enter()
    assert outcome.state is StepState.FAILED
    assert not site.is_in_maintenance()
    assert site.calls == 1


def test_after_stop_nothing_is_sent() -> None:
    site = Site()
    assert site.enter(stop=lambda: True).detail == "stop was asked for"
    assert site.calls == 0


def test_after_the_window_nothing_is_sent() -> None:
    site = Site()
    outcome = site.enter(deadline=site.clock.now() - timedelta(seconds=1))
    assert outcome.detail == "the window ended at 2026-01-05 08:59:59 UTC"
    assert site.calls == 0


def test_without_an_inventory_nothing_is_sent() -> None:
    site = Site(failures=(Outage(at_s=0.0, for_s=1e6),))
    assert site.enter().state is StepState.SKIPPED
    assert site.calls == 0


def test_a_host_that_does_not_come_to_an_end_is_given_up_as_unknown() -> None:
    site = Site(make_vm("v", "a"))

    class Blind:
        def read(self) -> Inventory:
            picture = site.datacenter.read()
            return replace(picture, virtual_machines=())  # the VM was powered on right after this look

    outcome = site.enter(source=Blind())
    assert outcome.state is StepState.UNKNOWN
    assert "still entering maintenance mode after 1800 s" in outcome.detail


def test_a_call_that_hangs_is_waited_for_once_and_then_looked_at_without_waiting() -> None:
    site = Site(make_vm("v", "a"))  # which keeps the host from being empty
    site.journal.begin_plan(PLAN_ID, "", "test", site.clock.now())
    site.journal.record_host_intent(PLAN_ID, ref("a"), "op", site.clock.now())
    site.enter_maintenance(ref("a"), "op")
    took_s = []
    for _ in range(3):
        began_s = site.clock.monotonic()
        (settled,) = recover_host_calls(site.journal, site.datacenter, site.datacenter, site.clock, patience=PATIENCE)
        assert settled.outcome.state is StepState.UNKNOWN
        took_s.append(site.clock.monotonic() - began_s)
    assert took_s[0] == pytest.approx(PATIENCE.maintenance_s, abs=60)
    assert took_s[1:] == [0.0, 0.0]
    assert len(site.journal.open_host_calls()) == 1
    assert site.calls == 1


def test_a_vcenter_that_falls_silent_leaves_it_unknown() -> None:
    site = Site(make_vm("v", "a"), failures=(Outage(at_s=0.5, for_s=1e6),))
    picture = replace(site.datacenter.read(), virtual_machines=())

    class Remembered:
        def read(self) -> Inventory:
            return picture

    outcome = site.enter(source=Remembered())
    assert outcome.state is StepState.UNKNOWN
    assert "vCenter could not be asked for 120 s" in outcome.detail


def test_a_call_that_a_dead_process_left_open_is_settled_by_looking() -> None:
    for sent in (True, False):
        site = Site(make_vm("v", "b"))
        site.journal.begin_plan(PLAN_ID, "", "test", site.clock.now())
        site.journal.record_host_intent(PLAN_ID, ref("a"), "op", site.clock.now())
        if sent:
            site.enter_maintenance(ref("a"), "op")
        (settled,) = recover_host_calls(site.journal, site.datacenter, site.datacenter, site.clock, patience=PATIENCE)
        assert settled.outcome.state is (StepState.DONE if sent else StepState.FAILED)
        assert site.calls == int(sent)
        assert site.journal.open_host_calls() == ()
        assert PLAN_ID in site.journal.ended_plans


def test_a_pause_is_waited_for_and_a_cancellation_skips() -> None:
    site = Site(make_vm("v", "b"))
    site.journal.order = Order(kind=OrderKind.PAUSE, author="ada", reason="", at=site.clock.now())

    def stop() -> bool:
        if site.clock.monotonic() > 60:
            site.journal.order = None
        return False

    assert site.enter(stop=stop).state is StepState.DONE
    assert site.clock.monotonic() > 60
    other = Site(make_vm("v", "b"))
    other.journal.order = Order(kind=OrderKind.CANCEL, author="ada", reason="", at=other.clock.now())
    outcome = other.enter()
    assert (outcome.state, outcome.detail) == (StepState.SKIPPED, "the plan was cancelled by ada")
    assert other.calls == 0
