from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from recommender.errors import JournalError, PlanAlreadyApplied
from recommender.inventory.recent_move import RecentMove
from recommender.journal.records import CycleRecord, PlanRecord
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.ports import Journal, OpenStep, StepOutcome, StepState, TaskRef
from tests.inventories import ref
from tests.unit.journal.plans import exchange

PLAN = "a" * 64
AT = datetime(2026, 1, 5, 12, 0, 0, 123_456, tzinfo=UTC)
TASK = TaskRef("vc", "task-7")
SECOND = timedelta(seconds=1)


def begin(journal: DatabaseJournal, plan_id: str = PLAN) -> None:
    journal.begin_plan(plan_id, "{}", "ada", AT)
    journal.add_steps(plan_id, [(step, f"uuid-{step.move.vm.moid}") for step in exchange().steps], AT)


def outcome(state: StepState, detail: str = "") -> StepOutcome:
    return StepOutcome(state=state, detail=detail, duration_s=12.5 if state is StepState.DONE else None)


def in_state(journal: DatabaseJournal, state: StepState) -> None:
    """Bring step 1 there by the shortest way."""
    begin(journal)
    if state is StepState.PENDING:
        return
    if state is StepState.SKIPPED:
        journal.record_outcome(PLAN, 1, outcome(state), AT)
        return
    journal.record_intent(PLAN, 1, "op-1", AT)
    if state is not StepState.INTENT:
        journal.record_submitted(PLAN, 1, TASK, AT)
    if state not in (StepState.INTENT, StepState.SUBMITTED):
        journal.record_outcome(PLAN, 1, outcome(state), AT)


def test_it_is_a_journal(journal: DatabaseJournal) -> None:
    as_port: Journal = journal
    assert as_port.open_steps() == ()
    assert as_port.recent_moves(AT) == ()


def test_a_step_is_followed_from_pending_to_done(journal: DatabaseJournal) -> None:
    begin(journal)
    journal.record_intent(PLAN, 1, "op-1", AT + SECOND)
    assert journal.open_steps() == (
        OpenStep(
            plan_id=PLAN,
            number=1,
            state=StepState.INTENT,
            operation_id="op-1",
            vm=ref("v1"),
            instance_uuid="uuid-v1",
            source=ref("h1"),
            destination=ref("h2"),
            intended_at=AT + SECOND,
            task=None,
            disk_moves=exchange().steps[0].move.disk_moves,
            author="ada",
        ),
    )
    journal.record_submitted(PLAN, 1, TASK, AT + 2 * SECOND)
    assert [(step.state, step.task) for step in journal.open_steps()] == [(StepState.SUBMITTED, TASK)]
    journal.record_outcome(PLAN, 1, outcome(StepState.DONE, "seen on h2"), AT + 3 * SECOND)
    assert journal.open_steps() == ()
    done, waiting = journal.steps(PLAN)
    assert (done.state, done.detail, done.duration_s) == (StepState.DONE, "seen on h2", 12.5)
    assert (done.intended_at, done.submitted_at, done.ended_at) == (AT + SECOND, AT + 2 * SECOND, AT + 3 * SECOND)
    assert (done.predicted_p50_s, done.predicted_p95_s) == (10.5, 20.25)
    assert (done.predicted_downtime_p50_ms, done.predicted_downtime_p95_ms) == (100.0, 180.0)
    assert (waiting.number, waiting.state, waiting.operation_id) == (2, StepState.PENDING, None)


def test_recent_moves_are_those_that_were_done_since_then_oldest_first(journal: DatabaseJournal) -> None:
    begin(journal)
    for number, ended_at in ((1, AT + 2 * SECOND), (2, AT + SECOND)):
        journal.record_intent(PLAN, number, f"op-{number}", AT)
        journal.record_outcome(PLAN, number, outcome(StepState.DONE), ended_at)
    first = RecentMove(instance_uuid="uuid-v2", source=ref("h2"), destination=ref("h1"), ended_at=AT + SECOND)
    then = RecentMove(instance_uuid="uuid-v1", source=ref("h1"), destination=ref("h2"), ended_at=AT + 2 * SECOND)
    assert journal.recent_moves(AT) == (first, then)
    assert journal.recent_moves(AT + 2 * SECOND) == (then,)
    assert journal.recent_moves(AT + 3 * SECOND) == ()


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.SKIPPED])
def test_what_did_not_move_is_no_recent_move(journal: DatabaseJournal, state: StepState) -> None:
    in_state(journal, state)
    assert journal.recent_moves(AT - SECOND) == ()
    assert journal.open_steps() == ()


def test_open_steps_come_with_the_oldest_intent_first(journal: DatabaseJournal) -> None:
    begin(journal)
    journal.record_intent(PLAN, 2, "op-2", AT)
    journal.record_intent(PLAN, 1, "op-1", AT + SECOND)
    assert [step.number for step in journal.open_steps()] == [2, 1]


def test_an_unknown_outcome_stays_open_until_it_is_settled(journal: DatabaseJournal) -> None:
    in_state(journal, StepState.UNKNOWN)
    assert [step.state for step in journal.open_steps()] == [StepState.UNKNOWN]
    assert journal.steps(PLAN)[0].ended_at is None
    journal.record_submitted(PLAN, 1, TASK, AT)
    journal.record_outcome(PLAN, 1, outcome(StepState.DONE), AT)
    assert journal.open_steps() == ()


def test_a_plan_is_known_from_its_beginning_on(journal: DatabaseJournal) -> None:
    assert not journal.has_plan(PLAN)
    begin(journal)
    assert journal.has_plan(PLAN)
    journal.end_plan(PLAN, AT)
    assert journal.has_plan(PLAN)


def test_a_plan_is_begun_at_most_once(journal: DatabaseJournal, url: str) -> None:
    begin(journal)
    journal.end_plan(PLAN, AT)
    with open_journal(url) as other, pytest.raises(PlanAlreadyApplied, match=r"2026-01-05 12:00:00 UTC by ada"):
        other.begin_plan(PLAN, "{}", "bob", AT)
    assert [plan.author for plan in journal.plans(10)] == ["ada"]


Act = Callable[[DatabaseJournal], None]
ACTS: dict[StepState, Act] = {
    StepState.INTENT: lambda journal: journal.record_intent(PLAN, 1, "op-x", AT),
    StepState.SUBMITTED: lambda journal: journal.record_submitted(PLAN, 1, TASK, AT),
    StepState.DONE: lambda journal: journal.record_outcome(PLAN, 1, outcome(StepState.DONE), AT),
    StepState.FAILED: lambda journal: journal.record_outcome(PLAN, 1, outcome(StepState.FAILED), AT),
    StepState.SKIPPED: lambda journal: journal.record_outcome(PLAN, 1, outcome(StepState.SKIPPED), AT),
    StepState.UNKNOWN: lambda journal: journal.record_outcome(PLAN, 1, outcome(StepState.UNKNOWN), AT),
}
ALLOWED = {
    StepState.PENDING: {StepState.INTENT, StepState.SKIPPED},
    StepState.INTENT: set(ACTS) - {StepState.INTENT},
    StepState.SUBMITTED: {StepState.DONE, StepState.FAILED, StepState.UNKNOWN},
    StepState.UNKNOWN: set(ACTS) - {StepState.INTENT},
    StepState.DONE: set(),
    StepState.FAILED: set(),
    StepState.SKIPPED: set(),
}


@pytest.mark.parametrize("state", StepState)
def test_a_step_goes_only_where_it_may_and_is_left_alone_otherwise(journal: DatabaseJournal, state: StepState) -> None:
    in_state(journal, state)
    before = journal.steps(PLAN)[0]
    for target, act in ACTS.items():
        if target not in ALLOWED[state]:
            with pytest.raises(
                JournalError, match=f"step 1 of plan aaaaaaaaaaaa is {state} and cannot become {target}"
            ):
                act(journal)
    assert journal.steps(PLAN)[0] == before


@pytest.mark.parametrize(
    ("state", "target"), [(state, target) for state in StepState for target in sorted(ALLOWED[state])]
)
def test_a_step_goes_where_it_may(journal: DatabaseJournal, state: StepState, target: StepState) -> None:
    in_state(journal, state)
    ACTS[target](journal)
    assert journal.steps(PLAN)[0].state is target


@pytest.mark.parametrize("state", [StepState.PENDING, StepState.INTENT, StepState.SUBMITTED])
def test_what_is_no_outcome_is_refused_as_one(journal: DatabaseJournal, state: StepState) -> None:
    in_state(journal, StepState.INTENT)
    with pytest.raises(JournalError, match="cannot end as"):
        journal.record_outcome(PLAN, 1, outcome(state), AT)


def test_after_its_end_a_plan_starts_nothing_but_what_runs_can_be_settled(journal: DatabaseJournal) -> None:
    in_state(journal, StepState.SUBMITTED)
    journal.end_plan(PLAN, AT + SECOND)
    journal.end_plan(PLAN, AT + 2 * SECOND)
    with pytest.raises(JournalError, match="has ended"):
        journal.record_intent(PLAN, 2, "op-2", AT)
    with pytest.raises(JournalError, match="has ended"):
        journal.add_steps(PLAN, [], AT)
    journal.record_outcome(PLAN, 1, outcome(StepState.DONE), AT)
    counts = ((StepState.PENDING, 1), (StepState.DONE, 1))
    assert journal.plans(10) == (
        PlanRecord(plan_id=PLAN, author="ada", begun_at=AT, ended_at=AT + SECOND, step_counts=counts),
    )


@pytest.mark.parametrize(
    "act",
    [
        lambda journal: journal.add_steps("b" * 64, [(exchange().steps[0], "u")], AT),
        lambda journal: journal.add_steps(PLAN, [(exchange().steps[0], "u")], AT),
        lambda journal: journal.record_intent("b" * 64, 1, "op", AT),
        lambda journal: journal.record_intent(PLAN, 9, "op", AT),
        lambda journal: journal.record_submitted(PLAN, 9, TASK, AT),
        lambda journal: journal.record_outcome(PLAN, 9, outcome(StepState.DONE), AT),
        lambda journal: journal.end_plan("b" * 64, AT),
        lambda journal: journal.record_intent(PLAN, 1, "op", AT.replace(tzinfo=None)),
    ],
)
def test_what_makes_no_sense_is_one_clear_line_and_changes_nothing(journal: DatabaseJournal, act: Act) -> None:
    begin(journal)
    before = journal.steps(PLAN), journal.plans(10)
    with pytest.raises(JournalError) as caught:
        act(journal)
    assert "\n" not in str(caught.value)
    assert "SELECT" not in str(caught.value)
    assert "INSERT" not in str(caught.value)
    assert (journal.steps(PLAN), journal.plans(10)) == before


def test_steps_are_added_all_or_none(journal: DatabaseJournal) -> None:
    journal.begin_plan(PLAN, "{}", "", AT)
    first, second = exchange().steps
    with pytest.raises(JournalError):
        journal.add_steps(PLAN, [(first, "u1"), (replace(second, number=1), "u2")], AT)
    assert journal.steps(PLAN) == ()


def test_times_of_any_zone_come_back_as_the_same_instant_in_utc(journal: DatabaseJournal) -> None:
    journal.begin_plan(PLAN, "{}", "", AT.astimezone(timezone(timedelta(hours=-7))))
    begun_at = journal.plans(1)[0].begun_at
    assert begun_at == AT
    assert begun_at.tzinfo is UTC


def test_text_that_no_database_holds_does_not_lose_a_step(journal: DatabaseJournal) -> None:
    in_state(journal, StepState.SUBMITTED)
    journal.record_outcome(PLAN, 1, outcome(StepState.FAILED, "no\0room\ud800 ☃"), AT)
    assert journal.steps(PLAN)[0].detail == "no\N{REPLACEMENT CHARACTER}room? ☃"


def test_an_occurrence_is_claimed_once(journal: DatabaseJournal, url: str) -> None:
    assert journal.claim_occurrence("evacuate a", AT, AT)
    with open_journal(url) as other:
        assert not other.claim_occurrence("evacuate a", AT.astimezone(timezone(timedelta(hours=2))), AT)
        assert other.claim_occurrence("evacuate a", AT + SECOND, AT)
        assert other.claim_occurrence("evacuate b", AT, AT)


def test_cycles_are_told_latest_first(journal: DatabaseJournal) -> None:
    for number in range(3):
        journal.record_cycle(AT + number * SECOND, "balance", "done", f"{number} moves")
    last = CycleRecord(at=AT + 2 * SECOND, kind="balance", status="done", detail="2 moves")
    assert journal.cycles(2) == (last, replace(last, at=AT + SECOND, detail="1 moves"))


def test_plans_are_told_latest_first(journal: DatabaseJournal) -> None:
    for number in range(3):
        journal.begin_plan(f"{number}" * 64, "{}", "", AT + number * SECOND)
    assert [plan.plan_id[0] for plan in journal.plans(2)] == ["2", "1"]
    assert journal.plans(1)[0].step_counts == ()
