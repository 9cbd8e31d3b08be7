"""A scheduled evacuation runs once for each time it is due, within its window, and says what it did."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from recommender.errors import InventoryUnavailable, UnknownName
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.policy import AutomationLevel
from recommender.service.evacuation import due_at, run_evacuation
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings
from recommender.simulation.clock import MONDAY_MORNING
from recommender.simulation.failures import Outage
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import DUE, Stage, an_evacuation, settings


def run(stage: Stage, evacuation: EvacuationSettings, level: AutomationLevel = AutomationLevel.FULLY_AUTOMATED) -> bool:
    stage.wait_until(max(DUE, stage.clock.now()))
    stop, world = (lambda: False), stage.world
    return run_evacuation(settings(level), evacuation, DUE, world, stage.journal, stop=stop, patience=PATIENCE)


def test_it_is_due_from_its_time_to_the_end_of_its_window() -> None:
    evacuation = an_evacuation()
    assert due_at(evacuation, DUE - timedelta(seconds=1)) is None
    assert due_at(evacuation, DUE) == DUE
    assert due_at(evacuation, DUE + timedelta(minutes=59, seconds=59)) == DUE
    assert due_at(evacuation, DUE + timedelta(minutes=60)) is None


def test_of_two_windows_that_overlap_the_later_counts() -> None:
    hourly = an_evacuation(cron="0 * * * *", duration_minutes=150)
    assert due_at(hourly, MONDAY_MORNING + timedelta(minutes=1)) == MONDAY_MORNING


def test_the_window_is_counted_in_real_time_on_the_day_the_clocks_change() -> None:
    berlin = an_evacuation(cron="30 1 * * *", time_zone="Europe/Berlin", duration_minutes=120)
    spring = MONDAY_MORNING.replace(month=3, day=29, hour=0, minute=30)  # 01:30 in Berlin; at 01:00 UTC it is 03:00
    assert due_at(berlin, spring + timedelta(minutes=119)) == spring
    assert due_at(berlin, spring + timedelta(minutes=120)) is None


def test_the_host_is_emptied_and_enters_maintenance_mode() -> None:
    stage = Stage()
    assert run(stage, an_evacuation(maintenance_mode=True))
    assert stage.left_on("a") == 0
    assert stage.is_in_maintenance(ref("a"))
    kind, _, detail = stage.cycles[-1]
    assert kind == "evacuation"
    assert detail.startswith(
        "monday, due 2026-01-05 09:05:00 UTC: 10 moves planned; 10 done; vc/a maintenance mode done"
    )


def test_it_runs_once_for_each_time_it_is_due() -> None:
    stage = Stage()
    assert run(stage, an_evacuation())
    sent = stage.sent
    assert not run(stage, an_evacuation())
    assert stage.sent == sent
    assert len(stage.cycles) == 1


def test_a_host_that_is_empty_already_still_enters_maintenance_mode() -> None:
    stage = Stage(make_inventory([make_host("a"), make_host("b")], [make_vm("v", "b")]))
    run(stage, an_evacuation(maintenance_mode=True))
    assert stage.sent == 0
    assert stage.is_in_maintenance(ref("a"))


@pytest.mark.parametrize(
    ("level", "dry_run", "told"),
    [
        (AutomationLevel.FULLY_AUTOMATED, True, "dry run, nothing was sent"),
        (AutomationLevel.MANUAL, False, "nothing was sent: the automation level is manual"),
    ],
)
def test_a_dry_run_and_a_manual_service_only_plan(level: AutomationLevel, *, dry_run: bool, told: str) -> None:
    stage = Stage()
    run(stage, an_evacuation(dry_run=dry_run, maintenance_mode=True), level)
    assert stage.sent == 0
    assert not stage.is_in_maintenance(ref("a"))
    assert stage.cycles[0][2].endswith(f"10 moves planned; {told}")


def test_an_evacuation_that_is_not_possible_sends_nothing() -> None:
    stage = Stage(make_inventory([make_host("a"), make_host("b", memory_mib=1024)], [make_vm("v", "a")]))
    run(stage, an_evacuation(maintenance_mode=True))
    assert stage.sent == 0
    assert stage.cycles[0][2].endswith("nothing was sent: VMs that have nowhere to go: 1")


def test_a_late_start_moves_what_still_fits_the_window() -> None:
    stage = Stage()
    stage.wait_until(DUE + timedelta(minutes=59, seconds=30))
    with capture_logs() as logs:
        run(stage, an_evacuation(maintenance_mode=True))
    assert 0 < stage.sent < 10
    assert not stage.is_in_maintenance(ref("a"))
    assert any(entry["event"] == "the evacuation may not fit its window" for entry in logs)
    for call in stage.datacenter.relocate_calls:
        end = call.at + timedelta(seconds=call.move.estimate.duration_p95_s)
        assert end <= DUE + timedelta(minutes=60)


def test_a_vcenter_that_does_not_answer_does_not_use_up_the_occurrence() -> None:
    stage = Stage(failures=[Outage(at_s=300.0, for_s=60.0)])
    with pytest.raises(InventoryUnavailable):
        run(stage, an_evacuation())
    stage.clock.sleep(60.0)
    assert run(stage, an_evacuation())
    assert stage.left_on("a") == 0


def test_a_host_that_nobody_knows_is_told_by_name() -> None:
    with pytest.raises(UnknownName, match="esx-9"):
        run(Stage(), an_evacuation(hosts=("esx-9",)))


def test_a_rule_that_appears_right_after_the_claim_does_not_lose_the_occurrence() -> None:
    stage = Stage(
        make_inventory([make_host("a"), make_host("b"), make_host("c")], [make_vm("v", "a"), make_vm("w", "b")])
    )

    class RuleAppears:
        reads = 0

        def read(self) -> Inventory:
            self.reads += 1
            rule = VmAntiAffinityRule(name="new", vms=(ref("v"), ref("w")))
            found = stage.datacenter.read()
            return found if self.reads == 1 else replace(found, vm_anti_affinity_rules=(rule,))

    stage.wait_until(DUE)
    world = World(source=RuleAppears(), migrator=stage.datacenter, clock=stage.clock)
    of = settings(AutomationLevel.FULLY_AUTOMATED)
    assert run_evacuation(of, an_evacuation(), DUE, world, stage.journal, stop=lambda: False, patience=PATIENCE)
    assert stage.datacenter.read().vm(ref("v")).host == ref("c")
    assert "decided again: the plan is stale" in stage.cycles[0][2]
