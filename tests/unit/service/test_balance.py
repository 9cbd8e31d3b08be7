"""One turn of balancing: recorded always, acted on as far as the automation level lets."""

from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from recommender.errors import InventoryUnavailable, JournalError
from recommender.journal.decision_file import read_decision
from recommender.journal.recommendations import RecommendationState
from recommender.placement.answering import answer_again
from recommender.policy import AutomationLevel
from recommender.ports import Order, OrderKind, StepState
from recommender.service.balancing.balance import run_cycle
from recommender.settings.automation import AutomationSettings
from recommender.simulation.failures import Outage
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, a_step
from tests.unit.service.stages import Stage, overloaded, settings, with_rule_broken


def run(stage: Stage, level: AutomationLevel = AutomationLevel.FULLY_AUTOMATED, **changes: object) -> None:
    run_cycle(settings(level, **changes), stage.world, stage.journal, stop=lambda: False, patience=PATIENCE)


def test_fully_automated_carries_out_what_it_recommends() -> None:
    stage = Stage()
    run(stage)
    assert 0 < stage.sent == 10 - stage.left_on("a")
    ((kind, status, detail),) = stage.cycles
    assert (kind, status) in {("balance", "optimal"), ("balance", "feasible")}
    assert detail.startswith(f"{stage.sent} moves recommended; {stage.sent} done; the brake could not look at ")
    (plan_id,) = stage.journal.ended_plans
    assert set(stage.journal.states(plan_id).values()) == {StepState.DONE}


def test_what_is_balanced_is_left_alone() -> None:
    stage = Stage()
    run(stage)
    sent = stage.sent
    run(stage)
    assert stage.sent == sent
    assert stage.cycles[1] == ("balance", "nothing_to_do", "0 moves recommended; nothing to do")


def test_manual_records_and_sends_nothing() -> None:
    stage = Stage()
    with capture_logs() as logs:
        run(stage, AutomationLevel.MANUAL)
    assert stage.sent == 0
    assert stage.journal.plans == {}
    assert "recorded only: the automation level is manual" in stage.cycles[0][2]
    (event,) = [entry for entry in logs if entry["event"] == "balance"]
    assert (event["hosts"], event["vms"]) == (3, 10)
    assert event["moves"][0]["source"] == "a"


def test_partially_automated_makes_no_move_that_is_not_mandatory() -> None:
    stage = Stage()
    run(stage, AutomationLevel.PARTIALLY_AUTOMATED)
    assert stage.sent == 0
    assert stage.cycles[0][2].endswith("recorded only: no move is mandatory")


def test_partially_automated_mends_broken_rules() -> None:
    stage = Stage(with_rule_broken(overloaded()))
    run(stage, AutomationLevel.PARTIALLY_AUTOMATED)
    assert stage.sent == 1
    assert stage.datacenter.relocate_calls[0].move.vm in {ref("v0"), ref("v1")}
    assert stage.datacenter.relocate_calls[0].move.priority == 1


def test_where_rules_would_stay_broken_nothing_is_sent() -> None:
    stage = Stage(with_rule_broken(make_inventory([make_host("a")], [make_vm("v0", "a"), make_vm("v1", "a")])))
    run(stage)
    assert stage.sent == 0
    assert stage.cycles[0][1] in {"infeasible", "out_of_time"}


def test_without_balancing_it_only_polls() -> None:
    stage = Stage()
    run(stage, balance=False)
    assert stage.cycles == [("poll", "read", "3 hosts, 10 VMs")]


def test_a_vcenter_that_does_not_answer_is_an_error_of_this_turn() -> None:
    with pytest.raises(InventoryUnavailable):
        run(Stage(failures=[Outage(at_s=0.0, for_s=60.0)]))


def test_a_step_that_a_former_run_left_open_is_settled_first() -> None:
    stage = Stage()
    step = a_step(stage.datacenter.read(), 1, "v0", "b")
    now = stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.add_steps(PLAN_ID, [(step, "uuid-v0")], now)
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    stage.datacenter.relocate(step.move, "op-1")
    run(stage, AutomationLevel.MANUAL)
    assert stage.journal.states(PLAN_ID) == {1: StepState.INTENT}  # it still runs: looked at, not waited for
    stage.clock.sleep(300)
    with capture_logs() as logs:
        run(stage, AutomationLevel.MANUAL)
    assert stage.journal.states(PLAN_ID) == {1: StepState.DONE}
    assert [entry["state"] for entry in logs if entry["event"] == "a step of a former run was settled"] == ["done"]
    assert stage.sent == 1


def test_a_step_that_another_process_is_carrying_out_is_left_to_it() -> None:
    stage = Stage()
    now = stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.add_steps(PLAN_ID, [(a_step(stage.datacenter.read(), 1, "v0", "b"), "uuid-v0")], now)
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    with stage.journal.acting(), pytest.raises(JournalError, match="another process"):
        run(stage)
    assert stage.journal.states(PLAN_ID) == {1: StepState.INTENT}
    assert stage.journal.ended_plans == {}


def test_a_move_is_made_once_enough_decisions_in_a_row_want_it() -> None:
    stage = Stage()
    of = settings(automation=AutomationSettings(hold_rounds=2))
    for _ in range(2):
        assert stage.sent == 0
        run_cycle(of, stage.world, stage.journal, stop=lambda: False, patience=PATIENCE)
        stage.clock.sleep(60)
    assert "wanted by 1 of 2 decisions in a row" in stage.cycles[0][2]
    assert stage.sent > 0
    states = {found.state for found in stage.journal.recommendations.last(20)}
    assert RecommendationState.APPLIED in states


def test_what_a_person_rejected_is_left_out_and_the_rest_is_made() -> None:
    stage = Stage()
    run(stage, AutomationLevel.MANUAL)
    found = stage.journal.recommendations.open()
    assert len(found) > 1
    stage.journal.recommendations.end([found[0].id], RecommendationState.REJECTED, by="ada", at=stage.clock.now())
    run(stage)
    sent = {call.move.vm for call in stage.datacenter.relocate_calls}
    assert sent == {one.move.vm for one in found[1:]}
    assert "1 (a person has rejected this move)" in stage.cycles[1][2]


def test_while_paused_it_decides_and_records_only() -> None:
    stage = Stage()
    stage.journal.orders.give(Order(kind=OrderKind.PAUSE, author="ada", reason="tests", at=stage.clock.now()))
    run(stage)
    assert stage.sent == 0
    assert stage.journal.plans == {}
    assert stage.cycles[0][2].endswith("recorded only: paused by ada: tests")


def test_a_search_that_takes_too_long_is_stopped_and_can_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, file = Stage(), tmp_path / "decision.json"
    looks = count()
    monkeypatch.setattr(type(stage.world.clock), "monotonic", lambda _clock: float(12 * next(looks)))
    with capture_logs() as logs:
        run(stage, AutomationLevel.MANUAL, search_limit_s=30, decision_file=file)
    recorded = read_decision(file)
    assert recorded.result.is_stopped
    assert answer_again(recorded.request, recorded.result) == recorded.result
    assert f"; the search was stopped after {recorded.result.rounds} rounds" in stage.cycles[0][2]
    (event,) = [entry for entry in logs if entry["event"] == "balance"]
    assert (event["rounds"], event["is_stopped"]) == (recorded.result.rounds, True)
    (searching,) = [entry for entry in logs if entry["event"] == "searching"]
    assert (searching["rounds"], searching["bound"]) == (1, None)


def test_a_decision_that_cannot_be_recorded_is_told_and_made_all_the_same(tmp_path: Path) -> None:
    stage = Stage()
    with capture_logs() as logs:
        run(stage, decision_file=tmp_path / "none" / "decision.json")
    assert stage.sent > 0
    assert [entry["log_level"] for entry in logs if entry["event"] == "the decision was not recorded"] == ["error"]
