"""A scheduled evacuation runs once for each time it is due, within its window, and says what it did."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from recommender.errors import InventoryUnavailable, UnknownName
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.journal.approvals import Approval
from recommender.policy import AutomationLevel
from recommender.service.evacuations.evacuation import run_evacuation
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.world import World
from recommender.settings.automation import ApprovalSettings
from recommender.settings.schedule import EvacuationSettings
from recommender.simulation.failures import Outage
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import DUE, Stage, a_worker, an_evacuation, settings


def an_occurrence(stage: Stage, evacuation: EvacuationSettings, due: datetime = DUE) -> OpenOccurrence:
    return OpenOccurrence(
        timed=evacuation, due=due, by="me", is_cut_off=False, journal=stage.journal, clock=stage.clock
    )


def run(
    stage: Stage,
    evacuation: EvacuationSettings,
    level: AutomationLevel = AutomationLevel.FULLY_AUTOMATED,
    **changes: Any,
) -> str | None:
    stage.wait_until(max(DUE, stage.clock.now()))
    occurrence, stop = an_occurrence(stage, evacuation), lambda: False
    of = settings(level, **changes)
    return run_evacuation(of, evacuation, occurrence, stage.world, stage.journal, stop=stop, patience=PATIENCE)


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
    occurrence = an_occurrence(stage, an_evacuation())
    assert run_evacuation(of, an_evacuation(), occurrence, world, stage.journal, stop=lambda: False, patience=PATIENCE)
    assert stage.datacenter.read().vm(ref("v")).host == ref("c")
    assert "decided again: the plan is stale" in stage.cycles[0][2]


def test_with_approvals_it_waits_for_one_of_its_very_plan_and_stays_due() -> None:
    stage = Stage()
    approval = ApprovalSettings(service=True)
    assert run(stage, an_evacuation(), approval=approval) is None
    assert run(stage, an_evacuation(), approval=approval) is None
    (waiting,) = stage.journal.proposals.open(stage.clock.now())
    number = waiting.plan_id[:12]
    assert stage.cycles[1][2].endswith(f"plan {number} waits for an approval: recommender approve {number}")
    author = waiting.saved.author
    for approver in (author, "ada"):
        assert stage.sent == 0, "its author's own approval does not count"
        approved = Approval(plan_id=waiting.plan_id, approver=approver, author=author, at=stage.clock.now())
        stage.journal.approvals.give(approved)
        run(stage, an_evacuation(), approval=approval)
    assert stage.left_on("a") == 0
    assert list(stage.journal.plans) == [waiting.plan_id]
    assert stage.journal.proposals.open(stage.clock.now()) == ()


def test_a_plan_that_became_stale_before_it_was_approved_is_proposed_anew() -> None:
    stage = Stage()
    approval = ApprovalSettings(service=True)
    run(stage, an_evacuation(), approval=approval)
    (first,) = stage.journal.proposals.open(stage.clock.now())
    run(stage, an_evacuation(), approval=approval, policy=replace(settings().policy, cpu_reserve_percent=20))
    (second,) = stage.journal.proposals.open(stage.clock.now())
    assert first.plan_id != second.plan_id


def test_two_evacuations_of_overlapping_hosts_at_one_time_leave_both_empty() -> None:
    inventory = make_inventory(
        [make_host(name, cluster=ref("cl")) for name in "abc"],
        [make_vm(f"v{number}", "ab"[number % 2]) for number in range(4)],
    )
    stage = Stage(inventory)
    both = (an_evacuation(hosts=("a",)), an_evacuation(name="other", hosts=("a", "b")))
    worker = a_worker(stage, settings(evacuation=both, balance=False))
    worker.do_what_is_due()
    stage.wait_until(DUE)
    worker.do_what_is_due()
    assert (stage.left_on("a"), stage.left_on("b"), stage.left_on("c")) == (0, 0, 4)
    assert len({call.operation_id for call in stage.datacenter.relocate_calls}) == stage.sent


def test_a_host_that_has_vanished_from_vcenter_fails_that_evacuation_alone_and_is_named() -> None:
    stage = Stage()
    both = (an_evacuation(hosts=("gone", "a")), an_evacuation(name="other", hosts=("b",)))
    worker = a_worker(stage, settings(evacuation=both, balance=False))
    worker.do_what_is_due()
    stage.wait_until(DUE)
    with capture_logs() as logs:
        worker.do_what_is_due()
    assert any("gone" in str(entry) for entry in logs if entry["log_level"] == "error")
    assert stage.left_on("a") == 10
    assert any("other" in detail for kind, _, detail in stage.cycles if kind == "evacuation")
