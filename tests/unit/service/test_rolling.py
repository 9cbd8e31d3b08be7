"""A rolling maintenance in the simulated data centre: every host once, nothing twice, and a stop loses nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recommender.actuation.turn import TurnState
from recommender.errors import JournalError
from recommender.inventory.pin import Pin
from recommender.inventory.reference import EntityRef
from recommender.policy import RetryPolicy, VsanEvacuation
from recommender.ports import VsanHealth
from recommender.service.hook_outcome import HookOutcome
from recommender.service.rolling.host_work import UNKNOWN_WORK, Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import make_vm, ref
from tests.unit.service.maintenances import HOOK, POLICY, Maintenance, a_cluster, health_of, with_vsan
from tests.unit.service.stages import Stage


def test_every_host_is_emptied_worked_on_once_and_back() -> None:
    maintenance = Maintenance()
    assert maintenance.run() is None
    assert sorted(maintenance.worked) == ["a", "b", "c", "d"]
    assert set(maintenance.states.values()) == {TurnState.BACK}
    assert maintenance.in_maintenance == []
    (campaign,) = maintenance.stage.journal.campaigns.last(5)
    assert campaign.ended_at is not None
    assert campaign.detail.startswith("4 back")


def test_a_host_enters_maintenance_mode_as_soon_as_it_is_empty() -> None:
    slow = [make_vm(f"slow{number}", "b", cpu=10, memory=16_000) for number in range(3)]
    maintenance = Maintenance(Stage(a_cluster(*slow)))
    order = RollingOrder(work=HOOK, at_once=2, most_moves_per_vm=None).asked()
    campaigns, now = maintenance.stage.journal.campaigns, maintenance.stage.clock.now()
    campaigns.begin("2" * 64, "two", order, (ref("a"), ref("b")), author="ada", at=now)
    assert maintenance.run(campaign=campaigns.find("222")) is None
    wave = {turn.host.moid: turn.wave for turn in campaigns.turns("2" * 64)}
    assert wave == {"a": 1, "b": 1}
    look = maintenance.stage.datacenter.recent_tasks
    entered = next(task for task in look(ref("a"), now) if "enter" in task.operation)
    last_left = max(task.ended_at or now for vm in slow for task in look(vm.ref, now))
    assert entered.ended_at is not None
    assert entered.ended_at < last_left


def test_a_finished_one_does_nothing_when_run_again() -> None:
    maintenance = Maintenance()
    maintenance.run()
    sent, worked = maintenance.stage.sent, len(maintenance.worked)
    assert maintenance.run() is None
    assert (maintenance.stage.sent, len(maintenance.worked)) == (sent, worked)


def test_a_hook_that_fails_stops_it_with_the_host_in_maintenance_mode() -> None:
    maintenance = Maintenance()
    maintenance.says = lambda _: HookOutcome(succeeded=False, detail="it ended with 3: no such package")
    stopped = maintenance.run()
    assert stopped == Stopped(reason="the hook failed on a: it ended with 3: no such package", may_go_on=False)
    assert maintenance.in_maintenance == [ref("a")]
    assert maintenance.run() == Stopped(reason="a: it ended with 3: no such package", may_go_on=False)
    assert maintenance.worked == ["a"]


@pytest.mark.parametrize("state", [TurnState.WORKED, TurnState.WAITING])
def test_a_person_says_how_a_failed_host_goes_on(state: TurnState) -> None:
    maintenance = Maintenance()
    maintenance.says = lambda _: HookOutcome(succeeded=False, detail="no")
    maintenance.run()
    maintenance.says = lambda _: HookOutcome(succeeded=True, detail="yes")
    now = maintenance.stage.clock.now()
    maintenance.stage.journal.campaigns.turn("1" * 64, ref("a"), state, now, detail="ada says so")
    assert maintenance.run() is None
    assert maintenance.worked.count("a") == (1 if state is TurnState.WORKED else 2)
    assert set(maintenance.states.values()) == {TurnState.BACK}


def test_a_hook_whose_process_died_is_never_run_again() -> None:
    maintenance = Maintenance()

    def dies(_: str) -> HookOutcome:
        raise KeyboardInterrupt

    maintenance.says = dies
    with pytest.raises(KeyboardInterrupt):
        maintenance.run()
    assert maintenance.states["a"] is TurnState.WORKING
    assert maintenance.run() == Stopped(reason=f"a: {UNKNOWN_WORK}", may_go_on=False)
    assert maintenance.worked == ["a"]


def test_without_a_hook_it_waits_until_somebody_takes_the_host_back() -> None:
    maintenance = Maintenance(hook=None)
    stage = maintenance.stage

    def person() -> bool:
        for host in maintenance.in_maintenance:
            stage.datacenter.exit_maintenance(host, "a person")
        return False

    assert maintenance.run(stop=person) is None
    assert set(maintenance.states.values()) == {TurnState.BACK}


def test_a_stop_while_a_person_works_leaves_the_host_and_the_next_run_goes_on() -> None:
    maintenance = Maintenance(hook=None)
    stopped = maintenance.run(stop=lambda: bool(maintenance.in_maintenance))
    assert stopped is not None
    assert stopped.may_go_on
    (host,) = maintenance.in_maintenance
    maintenance.stage.datacenter.exit_maintenance(host, "a person")
    again = maintenance.run(stop=lambda: bool(maintenance.in_maintenance))
    assert again is not None
    assert maintenance.states[host.moid] is TurnState.BACK


def test_no_wave_begins_that_the_window_does_not_hold() -> None:
    maintenance = Maintenance()
    stopped = maintenance.run(deadline=maintenance.stage.clock.now() + timedelta(seconds=5))
    assert stopped is not None
    assert stopped.may_go_on
    assert "wave 1 would be over at" in stopped.reason
    assert maintenance.stage.sent == 0
    assert set(maintenance.states.values()) == {TurnState.WAITING}


def test_a_migration_that_fails_keeps_the_host_out_of_maintenance_mode() -> None:
    stage = Stage(a_cluster(), failures=[FaultyCall(call=1, fault=CallFault.BREAKS_OFF)])
    maintenance = Maintenance(stage)
    stopped = maintenance.run(policy=replace(POLICY, retry=RetryPolicy(attempts=1, remember_s=0)))
    assert stopped is not None
    assert "a did not enter maintenance mode: the host is not empty: 1 VM on it" in stopped.reason
    assert maintenance.states["a"] is TurnState.WAITING
    assert maintenance.worked == []
    assert maintenance.run() is None  # the next try finds nothing in its way
    assert sorted(maintenance.worked) == ["a", "b", "c", "d"]


def test_a_migration_that_fails_is_tried_elsewhere_and_the_wave_goes_on() -> None:
    stage = Stage(a_cluster(), failures=[FaultyCall(call=1, fault=CallFault.BREAKS_OFF)])
    maintenance = Maintenance(stage)
    assert maintenance.run() is None
    assert sorted(maintenance.worked) == ["a", "b", "c", "d"]
    first = stage.datacenter.relocate_calls[0].move
    again = [call.move for call in stage.datacenter.relocate_calls[1:] if call.move.vm == first.vm]
    assert again[0].destination != first.destination
    assert any("attempt 2 of 3: 1 migrations elsewhere" in told for told in maintenance.told)


def test_a_host_that_cannot_be_emptied_is_given_up_and_said_so() -> None:
    held = make_vm("held", "b", pins=(Pin.PASSTHROUGH_DEVICE,))
    maintenance = Maintenance(Stage(a_cluster(held)))
    assert maintenance.run() is None
    assert maintenance.states["b"] is TurnState.GIVEN_UP
    assert sorted(maintenance.worked) == ["a", "c", "d"]
    assert maintenance.stage.journal.campaigns.last(1)[0].detail.startswith("3 back, 1 given_up")


def test_the_next_wave_waits_until_vsan_has_rebuilt_everything() -> None:
    maintenance = Maintenance(Stage(with_vsan()))
    stage = maintenance.stage
    left = [VsanHealth(resyncing_objects=3), VsanHealth(unhealthy_hosts=(ref("b"),))]
    modes: list[VsanEvacuation | None] = []
    enter = stage.datacenter.enter_maintenance

    def entering(host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, **how: Any) -> Any:
        modes.append(vsan)
        assert not left
        return enter(host, operation_id, vsan, **how)

    stage.datacenter.enter_maintenance = entering  # type: ignore[method-assign]
    stage.datacenter.vsan_health = health_of(left)  # type: ignore[method-assign,assignment]
    assert maintenance.run() is None
    assert maintenance.told[:2] == [
        "waiting: vSAN of cluster c is not ready: 3 objects are being rebuilt",
        "waiting: vSAN of cluster c is not ready: b is not healthy",
    ]
    assert modes == [VsanEvacuation.ENSURE_ACCESSIBILITY] * 4


def test_who_does_not_wait_for_vsan_sends_nothing_and_comes_again() -> None:
    maintenance = Maintenance(Stage(with_vsan()))
    busy = [VsanHealth(resyncing_objects=1)] * 9
    maintenance.stage.datacenter.vsan_health = health_of(busy)  # type: ignore[method-assign,assignment]
    stopped = maintenance.run(waits=False)
    assert stopped == Stopped(
        reason="vSAN of cluster c is not ready: 1 object is being rebuilt", may_go_on=True, is_waiting=True
    )
    assert maintenance.stage.sent == 0


def test_a_turn_goes_only_where_it_may() -> None:
    maintenance = Maintenance()
    now = maintenance.stage.clock.now()
    with pytest.raises(JournalError, match="cannot become back"):
        maintenance.stage.journal.campaigns.turn("1" * 64, ref("a"), TurnState.BACK, now)


def test_an_exit_that_a_former_process_sent_is_not_sent_again() -> None:
    maintenance = Maintenance()
    stage = maintenance.stage
    sent: list[str] = []
    leave = stage.datacenter.exit_maintenance

    def dies_after_sending(host: EntityRef, operation_id: str) -> Any:
        sent.append(host.moid)
        leave(host, operation_id)
        raise KeyboardInterrupt

    stage.datacenter.exit_maintenance = dies_after_sending  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        maintenance.run()
    assert maintenance.states["a"] is TurnState.LEAVING
    stage.datacenter.exit_maintenance = leave  # type: ignore[method-assign]
    assert maintenance.run() is None
    assert sent == ["a"]
    assert set(maintenance.states.values()) == {TurnState.BACK}
