"""The service acts where and when it may, brakes by itself, and measures what came of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recommender.inventory.cluster import Cluster, DrsAutomation
from recommender.inventory.host import Alarm
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VmDrsBehavior
from recommender.policy import AutomationLevel
from recommender.ports import Order, OrderKind
from recommender.service.balancing.allowed_times import acting_until
from recommender.service.balancing.automation_levels import level_of
from recommender.service.balancing.balance import run_cycle
from recommender.service.balancing.brake import Brake
from recommender.service.balancing.gain import hold_factor
from recommender.service.balancing.others import Others
from recommender.settings.automation import AutomationSettings, BrakeSettings
from recommender.simulation.clock import MONDAY_MORNING
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import Stage, overloaded, settings

MANUAL, PARTIAL, FULL = AutomationLevel


def automation(**changes: Any) -> AutomationSettings:
    return AutomationSettings.model_validate({"hold_rounds": 1, "cool_down_minutes": 0} | changes)


def run(stage: Stage, level: AutomationLevel = FULL, others: Others | None = None, **changes: Any) -> str:
    of = settings(level, **changes)
    told = run_cycle(of, stage.world, stage.journal, stop=lambda: False, patience=PATIENCE, others=others)
    assert told is not None
    return told


def clustered(drs: DrsAutomation | None) -> Inventory:
    cluster = Cluster(
        ref=ref("blue"),
        name="blue",
        datacenter="dc",
        drs_enabled=drs is not None,
        drs_automation=drs or DrsAutomation.MANUAL,
    )
    hosts = [make_host(name, cluster=ref("blue")) for name in "abc"]
    vms = [make_vm(f"v{number}", "a", cpu=1900) for number in range(10)]
    return replace(make_inventory(hosts, vms), clusters=(cluster,))


@pytest.mark.parametrize(
    ("override", "level"),
    [
        ({"clusters": ["bl*"]}, MANUAL),
        ({"vms": ["v1"]}, MANUAL),
        ({"vms": ["v2"]}, FULL),
        ({"clusters": ["bl*"], "vms": ["v2"]}, FULL),
        ({"tags": ["tier/gold"]}, FULL),
    ],
)
def test_the_first_override_that_matches_counts(override: dict[str, Any], level: AutomationLevel) -> None:
    of = automation(override=[override | {"level": "manual"}])
    assert level_of(ref("v1"), clustered(None), of, FULL)[0] is level


def test_where_drs_steers_the_service_only_records_unless_an_override_says_otherwise() -> None:
    steered = clustered(DrsAutomation.FULLY_AUTOMATED)
    stage = Stage(steered)
    assert run(stage).endswith("recorded only: the automation level is manual")
    allowed = automation(override=[{"clusters": ["blue"], "level": "fully_automated"}])
    run(stage, automation=allowed)
    assert stage.sent > 0
    assert level_of(ref("v1"), steered, automation(leave_drs_clusters=False), FULL)[0] is FULL
    own = make_vm("v1", "a", drs_behavior=VmDrsBehavior.MANUAL)
    alone = make_inventory([make_host("a")], [own])
    assert level_of(ref("v1"), alone, automation(), FULL)[0] is MANUAL


def test_vms_that_are_left_to_people_stay_and_the_others_move() -> None:
    stage = Stage()
    by_hand = automation(override=[{"vms": ["v[0-3]"], "level": "manual"}])
    told = run(stage, automation=by_hand)
    assert "left to people" in told
    sent = {call.move.vm for call in stage.datacenter.relocate_calls}
    assert len(sent) >= 2
    assert sent <= {ref(f"v{number}") for number in range(4, 10)}
    manual_but_two = automation(override=[{"vms": ["v4", "v5"], "level": "fully_automated"}])
    other = Stage()
    run(other, MANUAL, automation=manual_but_two)
    assert {call.move.vm for call in other.datacenter.relocate_calls} == {ref("v4"), ref("v5")}


def test_windows_and_blackouts_say_when_moves_may_run() -> None:
    window = {"cron": "0 22 * * *", "duration_minutes": 120}
    blackout = {"cron": "0 23 * * 1", "duration_minutes": 60}
    nightly = automation(window=[window], blackout=[blackout])
    assert acting_until(automation(), MONDAY_MORNING) is None
    assert acting_until(nightly, MONDAY_MORNING) == "the next window opens at 2026-01-05 22:00 UTC"
    ten = MONDAY_MORNING.replace(hour=22)
    assert acting_until(nightly, ten) == ten + timedelta(hours=1), "the blackout begins first"
    assert acting_until(nightly, ten + timedelta(hours=1)) == "a blackout lasts until 2026-01-06 00:00 UTC"
    assert acting_until(nightly, ten + timedelta(days=1)) == ten + timedelta(days=1, hours=2)


def test_outside_its_window_it_records_only_and_in_it_no_move_runs_out_of_it() -> None:
    stage = Stage()
    nightly = automation(window=[{"cron": "1 9 * * *", "duration_minutes": 1}])
    assert "the next window opens at 2026-01-05 09:01 UTC" in run(stage, automation=nightly)
    stage.clock.sleep(110)
    run(stage, automation=nightly)
    for call in stage.datacenter.relocate_calls:
        assert call.at + timedelta(seconds=call.move.estimate.duration_p95_s) <= MONDAY_MORNING + timedelta(minutes=2)
    assert stage.sent < run_freely()


def run_freely() -> int:
    stage = Stage()
    run(stage)
    return stage.sent


def test_in_shadow_mode_it_tells_what_it_would_do_and_what_others_did() -> None:
    stage, others = Stage(), Others()
    shadow = automation(shadow=True)
    assert "shadow mode" in run(stage, automation=shadow, others=others)
    assert stage.sent == 0
    wanted = stage.journal.recommendations.open()
    moved = wanted[0].move
    stage.datacenter.relocate(moved, "by hand")
    unwanted = next(vm for vm in stage.datacenter.read().virtual_machines if vm.ref not in {w.move.vm for w in wanted})
    stage.datacenter.relocate(replace(moved, vm=unwanted.ref), "by hand 2")
    stage.clock.sleep(3600)
    run(stage, automation=shadow, others=others)
    seen = {move.vm: move.recommended for move in stage.journal.foreign_moves.since(MONDAY_MORNING)}
    assert seen == {moved.vm: str(moved.destination), unwanted.ref: None}


def test_what_is_red_in_vcenter_brakes_and_the_brake_is_released_when_it_is_over() -> None:
    inventory = overloaded()
    red = replace(inventory, hosts=(replace(inventory.hosts[0], overall_status="red"), *inventory.hosts[1:]))
    stage, well = Stage(red), Stage(inventory)
    assert "braked since" in (told := run(stage))
    assert "red in vCenter: a" in told
    assert stage.sent == 0
    well.journal, well.clock = stage.journal, stage.clock
    stage.world = replace(stage.world, source=well.datacenter)
    assert "braked since" in run(stage), "not before its time"
    stage.journal.orders.give(Order(kind=OrderKind.RESUME, author="ada", reason="", at=stage.clock.now()))
    assert stage.journal.orders.brake() is None, "a person releases it at once"


def an_alarm(name: str, **changes: Any) -> Alarm:
    return Alarm(name=name, status=changes.pop("status", "red"), **changes)


@pytest.mark.parametrize(
    ("alarms", "told"),
    [
        ([an_alarm("Host hardware voltage")], "red in vCenter: a (Host hardware voltage)"),
        ([an_alarm("Host CPU usage")], None),
        ([an_alarm("Host hardware voltage", is_acknowledged=True)], None),
        ([an_alarm("Host hardware voltage", status="yellow")], "red in vCenter: a"),
    ],
)
def test_alarms_brake_but_not_those_that_balancing_mends_nor_those_that_a_person_knows_of(
    alarms: list[Alarm], told: str | None
) -> None:
    inventory, stage = overloaded(), Stage()
    red = replace(inventory.hosts[0], overall_status="red", alarms=tuple(alarms))
    brake = Brake(BrakeSettings(), stage.journal, stage.clock, "serve")
    order = brake.look(replace(inventory, hosts=(red, *inventory.hosts[1:])))
    assert (None if order is None else order.reason) == told


def test_a_red_datastore_brakes_where_it_is_asked_to() -> None:
    inventory, stage = overloaded(), Stage()
    full = replace(inventory, datastores=(replace(inventory.datastores[0], overall_status="red"),))
    for asked in (False, True):
        brake = Brake(BrakeSettings(red_datastores=asked), stage.journal, stage.clock, "serve")
        assert (brake.look(full) is not None) == asked


def test_failures_in_a_row_brake_at_once_and_for_the_configured_time() -> None:
    faults = [FaultyCall(call=number, fault=CallFault.BREAKS_OFF) for number in range(1, 30)]
    stage = Stage(failures=faults)
    brake = BrakeSettings(failures_in_a_row=2, release_after_minutes=30)
    run(stage, brake=brake)
    first = stage.sent
    assert 2 <= first < 10
    assert "2 migrations in a row did not succeed" in run(stage, brake=brake)
    assert stage.sent == first
    stage.clock.sleep(1900)
    run(stage, brake=brake)
    assert stage.sent > first, "released by itself"


def test_gains_that_fail_to_appear_make_it_hold_back() -> None:
    stage, of = Stage(), automation(gain_after_minutes=1)
    run(stage, automation=of)
    assert [gain.share for gain in stage.journal.gains.last(9)] == [None]
    assert hold_factor(of, stage.journal) == 1
    stage.clock.sleep(3600)
    run(stage, automation=of)
    (gain,) = stage.journal.gains.last(9)
    assert gain.share is not None
    assert gain.share > 0.5, "in the simulation the promise comes true"
    for number, measured in enumerate((100.0, 95.0), start=1):
        at = stage.clock.now() + timedelta(minutes=number)
        stage.journal.gains.promise(f"p{number}", at, before=100.0, promised=50.0)
        stage.journal.gains.measure(at, at, measured)
    assert hold_factor(of, stage.journal) == 4
