"""A saved plan is applied once, to the world it was made for, and says what became of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recommender.actuation.step_result import StepEvent
from recommender.errors import InventoryStale, JournalError, PlanAlreadyApplied, PlanStale
from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan
from recommender.journal.store import open_journal
from recommender.planning.basis import plan_basis
from recommender.planning.plan import PlanStep
from recommender.policy import Policy
from recommender.ports import StepState
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.world import World
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import CallFault, Failure, FaultyCall, MovedByHand
from tests.inventories import ref
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PATIENCE, POLICY, a_plan, a_step, three_hosts

DONE, FAILED, SKIPPED = StepState.DONE, StepState.FAILED, StepState.SKIPPED


class Application:
    """A saved plan and the simulated world to apply it to."""

    def __init__(self, inventory: Inventory | None = None, failures: Sequence[Failure] = ()) -> None:
        self.inventory = inventory or three_hosts()
        self.clock = SimulatedClock()
        self.datacenter = SimulatedDataCenter(self.inventory, self.clock, failures=failures)
        self.world = World(source=self.datacenter, migrator=self.datacenter, clock=self.clock)
        self.journal = MemoryJournal()

    def save(self, *steps: PlanStep, **changes: Any) -> SavedPlan:
        plan = a_plan(*steps)
        return SavedPlan(
            plan=plan,
            policy=POLICY,
            basis=plan_basis(self.inventory, POLICY, plan),
            created_at=self.clock.now(),
            author="test",
            **changes,
        )

    def everything_to_b(self, **changes: Any) -> SavedPlan:
        steps = [a_step(self.inventory, number, f"v{number}", "b", start_s=10.0 * number) for number in (1, 2, 3)]
        return self.save(*steps, **changes)

    def apply(self, saved: SavedPlan, *, policy: Policy = POLICY, **changes: Any) -> CarriedOut:
        arguments: dict[str, Any] = {"author": "test", "stop": lambda: False, "patience": PATIENCE}
        return carry_out(
            saved, self.world, changes.pop("journal", self.journal), policy=policy, **(arguments | changes)
        )


def states(outcome: CarriedOut) -> list[StepState]:
    return [result.outcome.state for result in outcome.steps]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_every_step_is_done_and_the_journal_has_it_all(kind: str, tmp_path: Path) -> None:
    application = Application()
    saved = application.everything_to_b()
    opened: AbstractContextManager[Any] = (
        open_journal(f"sqlite:///{tmp_path}/journal.db") if kind == "sqlite" else nullcontext(application.journal)
    )
    with opened as journal:
        outcome = application.apply(saved, journal=journal)
        assert states(outcome) == [DONE, DONE, DONE]
        assert outcome.is_complete
        assert outcome.count(DONE) == 3
        assert journal.open_steps() == ()
        assert len(journal.recent_moves(saved.created_at)) == 3
        with pytest.raises(JournalError, match="has ended"):
            journal.record_intent(outcome.plan_id, 1, "again", application.clock.now())


def test_a_plan_is_applied_once() -> None:
    application = Application()
    saved = application.everything_to_b()
    application.apply(saved)
    with pytest.raises(PlanAlreadyApplied):
        application.apply(saved)
    assert len(application.datacenter.relocate_calls) == 3


def test_a_plan_that_was_applied_is_told_so_although_it_has_changed_the_world_itself() -> None:
    application = Application()
    saved = application.everything_to_b(evacuate=(ref("a"),), maintenance_mode=True)
    application.apply(saved)
    with pytest.raises(PlanAlreadyApplied):
        application.apply(saved)
    with pytest.raises(PlanAlreadyApplied):
        application.apply(saved, policy=replace(POLICY, cpu_reserve_percent=50))


def test_a_plan_of_another_policy_is_stale_and_is_not_used_up() -> None:
    application = Application()
    saved = application.everything_to_b()
    with pytest.raises(PlanStale, match="cpu_reserve_percent"):
        application.apply(saved, policy=replace(POLICY, cpu_reserve_percent=50))
    assert application.datacenter.relocate_calls == []
    assert application.apply(saved).is_complete


def test_while_another_process_carries_out_a_plan_nothing_is_begun() -> None:
    application = Application()
    with application.journal.acting(), pytest.raises(JournalError, match="another process"):
        application.apply(application.everything_to_b())
    assert application.journal.plans == {}
    assert application.datacenter.relocate_calls == []


def test_a_vm_that_was_moved_meanwhile_skips_its_step_and_those_that_depend_on_it() -> None:
    application = Application(failures=[MovedByHand(at_s=0.0, vm=ref("v1"), destination=ref("c"))])
    saved = application.save(
        a_step(application.inventory, 1, "v1", "b"),
        a_step(application.inventory, 2, "v2", "b", start_s=10.0, after=(1,)),
        a_step(application.inventory, 3, "v3", "b", start_s=20.0),
    )
    application.clock.sleep(60.0)
    outcome = application.apply(saved)
    assert states(outcome) == [SKIPPED, SKIPPED, DONE]
    assert outcome.steps[0].outcome.detail == "the VM has changed since the plan was made: moved to host c"
    assert not outcome.is_complete


def test_an_inventory_that_is_too_old_is_not_acted_on() -> None:
    application = Application()
    saved = application.everything_to_b()
    application.world = replace(application.world, source=_Frozen(application.datacenter.read()))
    application.clock.sleep(POLICY.max_inventory_age_s + 1.0)
    with pytest.raises(InventoryStale):
        application.apply(saved)
    assert application.journal.plans == {}


def test_an_emptied_host_enters_maintenance_mode_after_its_intent_was_written() -> None:
    application = Application()
    outcome = application.apply(application.everything_to_b(evacuate=(ref("a"),), maintenance_mode=True))
    assert [(host, told.state) for host, told in outcome.maintenance] == [(ref("a"), DONE)]
    assert application.datacenter.read().host(ref("a")).in_maintenance
    (call,) = application.journal.host_calls.values()
    assert (call.host, call.state, call.task is not None) == (ref("a"), DONE, True)


def test_a_host_that_could_not_be_emptied_stays_in_service() -> None:
    application = Application(failures=[FaultyCall(call=2, fault=CallFault.REFUSED)])
    outcome = application.apply(application.everything_to_b(evacuate=(ref("a"),), maintenance_mode=True))
    assert states(outcome) == [DONE, FAILED, DONE]
    ((_, told),) = outcome.maintenance
    assert told.state is SKIPPED
    assert "1 VM on it" in told.detail
    assert not outcome.is_complete
    assert not outcome.has_unknown
    assert not application.datacenter.read().host(ref("a")).in_maintenance


def test_after_the_window_no_host_enters_maintenance_mode() -> None:
    application = Application()
    application.apply(application.everything_to_b())
    emptied = Application(application.datacenter.read())
    saved = emptied.save(evacuate=(ref("a"),), maintenance_mode=True)
    emptied.clock.sleep(60.0)
    ((_, told),) = emptied.apply(saved, deadline=saved.created_at).maintenance
    assert told.state is SKIPPED
    assert told.detail.startswith("the window ended at")


def test_without_being_asked_no_host_enters_maintenance_mode() -> None:
    application = Application()
    assert application.apply(application.everything_to_b(evacuate=(ref("a"),))).maintenance == ()
    assert not application.datacenter.read().host(ref("a")).in_maintenance


def test_what_happens_is_told_while_it_happens() -> None:
    application = Application()
    events: list[StepEvent] = []
    application.apply(application.everything_to_b(), on_event=events.append)
    assert [event.step.number for event in events if event.outcome is not None] == [1, 2, 3]


class _Frozen:
    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def read(self) -> Inventory:
        return self._inventory


def test_hosts_are_not_emptied_to_be_switched_off_once_that_would_do_harm() -> None:
    application = Application()
    off = application.everything_to_b(evacuate=(ref("b"),), is_consolidation=True)
    with pytest.raises(PlanStale, match="would stay there"):
        application.apply(off)
