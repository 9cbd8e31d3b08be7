"""What hangs holds nothing else up: neither a migration nor a hook keeps another schedule waiting."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recommender.actuation.turn import TurnState
from recommender.errors import InventoryUnavailable, JournalError, LeaseLost
from recommender.inventory.reference import EntityRef
from recommender.journal.occurrences import OccurrenceState
from recommender.policy import AutomationLevel, Policy
from recommender.ports import StepOutcome, StepState
from recommender.service.background_hooks import BackgroundHooks, Key
from recommender.service.hook_outcome import HookOutcome
from recommender.service.open_flights import OpenFlights
from recommender.service.worker import Worker
from recommender.settings.hook import HookSettings
from recommender.settings.rolling import RollingSettings
from recommender.settings.schedule import EvacuationSettings
from recommender.simulation.datacenter import HANGS_S
from recommender.simulation.failures import CallFault, Failure, FaultyCall
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, a_step
from tests.unit.service.maintenances import a_cluster
from tests.unit.service.stages import DUE, Stage, an_evacuation, settings

HURRIED = replace(PATIENCE, hung_after_p95=3.0, hung_least_s=60.0, silence_s=30.0, entering_s=60.0)
HOOK = HookSettings(command=("/bin/true",))


class HooksByHand(BackgroundHooks):
    """Nothing runs: a test says when and how a hook has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[EntityRef] = []

    def start(
        self,
        key: Key,
        name: str,
        hook: HookSettings,
        facts: Mapping[str, Any],
        require_hold: Callable[[], None],
        *,
        note: str = "",
    ) -> None:
        del hook, facts, note
        require_hold()
        assert isinstance(key[1], EntityRef)
        self.started.append(key[1])
        self._outcomes[key], self._names[key] = None, name

    def end_all(self, *, succeeded: bool = True) -> None:
        for key, outcome in self._outcomes.items():
            self._outcomes[key] = outcome or HookOutcome(succeeded=succeeded, detail="it says so")


def states_of(stage: Stage) -> dict[str, OccurrenceState]:
    return {row.job.removeprefix("evacuation "): row.state for row in stage.journal.occurrences.last(10)}


def test_an_evacuation_with_a_migration_that_hangs_does_not_hold_up_another() -> None:
    inventory = make_inventory([make_host(name) for name in "abcd"], [make_vm("v1", "a"), make_vm("v2", "b")])
    stage = Stage(inventory, [FaultyCall(call=1, fault=CallFault.HANGS)])
    later = an_evacuation(name="later", hosts=("b",), cron="8 9 * * 1", maintenance_mode=True)
    of = settings(balance=False, evacuation=(an_evacuation(maintenance_mode=True), later))
    working = Worker(of, stage.world, stage.journal, lambda: False, patience=HURRIED)
    working.poll()
    stage.wait_until(DUE)
    working.poll()
    assert stage.clock.now() - DUE < timedelta(minutes=4)
    stage.wait_until(DUE + timedelta(minutes=4))
    working.poll()
    assert stage.is_in_maintenance(ref("b"))
    assert states_of(stage) == {"later": OccurrenceState.DONE, "monday": OccurrenceState.RUNNING}
    stage.clock.sleep(60)
    working.follow()
    assert stage.sent == 2, "a VM that is in a migration is not sent again"
    stage.clock.sleep(HANGS_S)  # now it fails, and the window is still open
    working.follow()
    assert stage.sent == 3
    assert stage.is_in_maintenance(ref("a"))
    assert states_of(stage)["monday"] is OccurrenceState.DONE


def patches(**changes: Any) -> EvacuationSettings:
    rolling = RollingSettings(at_once=1, work=HOOK)
    values: dict[str, Any] = {"name": "patches", "clusters": ("c",), "cron": "5 9 * * 1", "duration_minutes": 60}
    return EvacuationSettings(**(values | changes), rolling=rolling)


class Patching:
    """Four hosts of one cluster are patched by hooks that end when the test says so."""

    def __init__(self, *more: EvacuationSettings, failures: Sequence[Failure] = (), **changes: Any) -> None:
        policy = Policy(
            automation_level=AutomationLevel.FULLY_AUTOMATED, cpu_reserve_percent=0, memory_reserve_percent=0
        )
        self.settings = settings(balance=False, policy=policy, evacuation=(patches(**changes), *more))
        self.stage, self.hooks = Stage(a_cluster(), failures), HooksByHand()
        self.worker = self.a_worker(self.hooks)
        self.worker.poll()
        self.stage.wait_until(DUE)
        self.worker.poll()

    def a_worker(self, hooks: BackgroundHooks) -> Worker:
        stage = self.stage
        return Worker(
            self.settings, stage.world, stage.journal, lambda: False, name="me", patience=HURRIED, hooks=hooks
        )

    @property
    def turns(self) -> list[TurnState]:
        (campaign,) = self.stage.journal.campaigns.last(5)
        return sorted(turn.state for turn in self.stage.journal.campaigns.turns(campaign.id))


def test_a_hook_that_hangs_does_not_hold_up_another_evacuation() -> None:
    later = an_evacuation(name="later", hosts=("d",), cron="8 9 * * 1")
    patching = Patching(later)
    assert len(patching.hooks.started) == 1
    assert patching.stage.clock.now() - DUE < timedelta(minutes=3)
    patching.stage.wait_until(DUE + timedelta(minutes=3))
    patching.worker.poll()
    assert states_of(patching.stage) == {"later": OccurrenceState.DONE, "patches": OccurrenceState.RUNNING}
    assert patching.turns.count(TurnState.WORKING) == 1


def test_each_host_goes_on_when_its_hook_has_ended() -> None:
    patching = Patching()
    for _ in range(4):
        patching.hooks.end_all()
        patching.worker.follow()
    assert len(set(patching.hooks.started)) == len(patching.hooks.started) == 4
    assert patching.turns == [TurnState.BACK] * 4
    assert states_of(patching.stage) == {"patches": OccurrenceState.DONE}
    taken_over = [one for one in patching.stage.journal.audit.entries() if "taken over" in str(one.content)]
    assert taken_over == [], "waiting for a hook is nothing to write down"


def test_a_hook_that_ends_after_its_window_still_gives_the_host_back_and_begins_nothing() -> None:
    patching = Patching()
    patching.stage.wait_until(DUE + timedelta(hours=2))
    patching.worker.poll()
    assert states_of(patching.stage) == {"patches": OccurrenceState.RUNNING}
    patching.hooks.end_all()
    patching.worker.follow()
    assert patching.turns == [TurnState.BACK, *[TurnState.WAITING] * 3]
    assert len(patching.hooks.started) == 1
    assert states_of(patching.stage) == {"patches": OccurrenceState.DONE}


def test_a_hook_that_failed_stops_the_maintenance() -> None:
    patching = Patching()
    patching.hooks.end_all(succeeded=False)
    patching.worker.follow()
    assert patching.turns.count(TurnState.FAILED) == 1
    assert len(patching.hooks.started) == 1
    assert "it says so" in patching.stage.cycles[-1][2]


def test_a_hook_of_a_process_that_died_is_unknown_to_the_next_one() -> None:
    patching = Patching()
    patching.a_worker(HooksByHand()).poll()
    assert patching.turns.count(TurnState.FAILED) == 1
    assert any("whether its work is done is unknown" in told for _, _, told in patching.stage.cycles)


def test_hooks_run_beside_whoever_starts_them() -> None:
    ends, begun = threading.Event(), threading.Event()

    def run(_: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
        begun.set()
        assert ends.wait(30)
        return HookOutcome(succeeded=True, detail=str(facts["host"]))

    hooks, key = BackgroundHooks(run), ("1", ref("a"))
    hooks.start(key, "patches", HOOK, {"host": "a"}, lambda: None)
    assert begun.wait(30)
    assert hooks.outcome(key) is None
    assert hooks.all_run_for("patches")
    assert not hooks.work_for("another")
    ends.set()
    for thread in threading.enumerate():
        if thread.name == f"hook {ref('a')}":
            thread.join(30)
    assert not hooks.all_run_for("patches")
    assert hooks.outcome(key) == HookOutcome(succeeded=True, detail="a")
    assert not hooks.is_ours(key)
    assert not hooks.are_at_work


def test_a_hook_that_cannot_run_has_failed() -> None:
    def run(*_: object) -> HookOutcome:
        raise OSError("no such file")

    hooks, key = BackgroundHooks(run), ("1", ref("a"))
    hooks._names[key] = "patches"
    hooks._work(key, HOOK, {}, lambda: None)
    assert hooks.outcome(key) == HookOutcome(succeeded=False, detail="no such file")


def test_a_hook_is_not_run_by_a_process_that_leads_no_more() -> None:
    ran = list[object]()

    def run(*told: object) -> HookOutcome:
        ran.append(told)
        return HookOutcome(succeeded=True, detail="")

    def require_hold() -> None:
        raise LeaseLost("another process leads")

    hooks, key = BackgroundHooks(run), ("1", ref("a"))
    hooks._names[key] = "patches"
    hooks._work(key, HOOK, {}, require_hold)
    assert ran == []
    assert hooks.outcome(key) == HookOutcome(succeeded=False, detail="another process leads")


def test_the_picture_shows_what_is_open_in_the_journal_until_it_is_settled() -> None:
    stage = Stage(make_inventory([make_host("a"), make_host("b")], [make_vm("v", "a")]))
    source = OpenFlights(stage.datacenter, stage.journal)
    now = stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.add_steps(PLAN_ID, [(a_step(stage.datacenter.read(), 1, "v", "b"), "uuid-v")], now)
    assert source.read().in_flight == ()
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    (flight,) = source.read().in_flight
    assert (flight.vm, flight.destination) == (ref("v"), ref("b"))
    assert stage.journal.rows[PLAN_ID, 1].state is StepState.INTENT


def test_a_host_that_may_still_enter_maintenance_mode_takes_nobody() -> None:
    stage = Stage(make_inventory([make_host("a"), make_host("b")], [make_vm("v", "a")]))
    source, now = OpenFlights(stage.datacenter, stage.journal), stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.record_host_intent(PLAN_ID, ref("b"), "op", now)
    assert [host.is_available for host in source.read().hosts] == [True, False]
    done = StepOutcome(state=StepState.FAILED, detail="it was refused")
    stage.journal.record_host_outcome(PLAN_ID, ref("b"), done, now)
    assert all(host.is_available for host in source.read().hosts)


def test_a_host_to_which_a_vm_comes_from_elsewhere_takes_nobody_else() -> None:
    """A daemon that reads only the vCenter of the destination sees nothing of the VM, and not how large it is."""
    stage = Stage(make_inventory([make_host("a"), make_host("b")], [make_vm("v", "a")]))
    step, now = a_step(stage.datacenter.read(), 1, "v", "b"), stage.clock.now()
    move = replace(step.move, vm=EntityRef("west", "v"), source=EntityRef("west", "h"))
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.add_steps(PLAN_ID, [(replace(step, move=move), "uuid-v")], now)
    source = OpenFlights(stage.datacenter, stage.journal)
    assert all(host.is_available for host in source.read().hosts)
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    assert [host.is_available for host in source.read().hosts] == [True, False]


def test_without_the_journal_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()

    def fails() -> None:
        raise JournalError("the disk is full")

    monkeypatch.setattr(stage.journal, "open_steps", fails)
    with pytest.raises(InventoryUnavailable, match="the disk is full"):
        OpenFlights(stage.datacenter, stage.journal).read()
