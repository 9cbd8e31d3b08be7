"""What the service keeps beside plans, alike on both databases."""

from datetime import timedelta

from recommender.journal.audit_chain import problems
from recommender.journal.foreign_moves import ForeignMove
from recommender.journal.occurrences import OccurrenceState
from recommender.journal.store import open_journal
from recommender.ports import Order, OrderKind, StepOutcome, StepState
from tests.inventories import ref
from tests.unit.journal.plans import saved_plan
from tests.unit.journal.test_store import AT, in_state

JOB = "evacuation x"


def test_an_occurrence_is_claimed_once_ended_by_its_claimer_alone_and_taken_over(url: str) -> None:
    with open_journal(url) as journal:
        rows = journal.occurrences
        assert rows.claim(JOB, AT, AT, "one")
        assert not rows.claim(JOB, AT, AT, "two")
        assert not rows.settle(JOB, AT, OccurrenceState.SKIPPED, AT, "ada", "")
        assert rows.take_over(JOB, AT, AT, "two")
        rows.end(JOB, AT, OccurrenceState.DONE, AT, "one", "it froze, and woke")
        assert rows.of(JOB, AT)[0].state is OccurrenceState.RUNNING
        rows.end(JOB, AT, OccurrenceState.DONE, AT, "two", "all is done")
        assert not rows.take_over(JOB, AT, AT, "three")
        (row,) = rows.last(9)
        assert (row.state, row.detail) == (OccurrenceState.DONE, "all is done")


def test_what_is_asked_for_is_claimed_once(url: str) -> None:
    with open_journal(url) as journal:
        rows = journal.occurrences
        assert rows.settle(JOB, AT, OccurrenceState.ASKED, AT, "ada", "")
        assert [row.asked_by for row in rows.asked()] == ["ada"]
        assert rows.claim(JOB, AT, AT, "one")
        assert not rows.claim(JOB, AT, AT, "two")
        assert rows.asked() == ()


def test_a_schedule_is_known_since_it_was_seen_first_and_anew_when_its_times_change(url: str) -> None:
    later = AT + timedelta(hours=1)
    with open_journal(url) as journal:
        known_since = journal.occurrences.known_since
        assert known_since(JOB, "0 2 * * *", AT) == AT
        assert known_since(JOB, "0 2 * * *", later) == AT
        assert known_since(JOB, "0 3 * * *", later) == later
        assert known_since(JOB, "0 3 * * *", later + timedelta(hours=1)) == later


def test_an_author_has_one_proposal_at_a_time_which_expires(url: str) -> None:
    life = timedelta(hours=1)
    with open_journal(url) as journal:
        first = journal.proposals.make(saved_plan(author="serve"), AT, AT + life)
        second = journal.proposals.make(saved_plan(author="serve", created_at=AT), AT, AT + life)
        other = journal.proposals.make(saved_plan(author="evacuation x"), AT, AT + life)
        assert {found.plan_id for found in journal.proposals.open(AT)} == {second, other}
        found = journal.proposals.of("serve", AT, {"vc"})
        assert found is not None
        assert found.saved == saved_plan(author="serve", created_at=AT)
        assert journal.proposals.of("serve", AT + life, {"vc"}) is None
        journal.begin_plan(other, "{}", "evacuation x", AT)
        assert [found.plan_id for found in journal.proposals.open(AT)] == [second] != [first]


def test_gains_and_moves_of_others_are_kept(url: str) -> None:
    with open_journal(url) as journal:
        journal.gains.promise("p1", AT, before=100.0, promised=50.0)
        assert journal.gains.measure(AT - timedelta(minutes=1), AT, 70.0) == 0
        assert journal.gains.measure(AT, AT, 70.0) == 1
        assert [gain.share for gain in journal.gains.last(9)] == [0.6]
        move = ForeignMove(
            at=AT, vm=ref("v1"), instance_uuid="u", source=ref("h1"), destination=ref("h2"), recommended=None
        )
        journal.foreign_moves.add([move])
        assert journal.foreign_moves.since(AT) == (move,)


def test_a_brake_holds_no_plan_of_a_person_and_resume_releases_it(url: str) -> None:
    with open_journal(url) as journal:
        journal.orders.give(Order(kind=OrderKind.BRAKE, author="serve", reason="red", at=AT))
        assert journal.standing_order("p") is None
        assert journal.orders.brake() is not None
        journal.orders.give(Order(kind=OrderKind.RESUME, author="ada", reason="", at=AT))
        assert journal.orders.brake() is None
        assert journal.orders.released_at() == AT


def test_the_last_outcomes_are_those_of_one_author(url: str) -> None:
    with open_journal(url) as journal:
        in_state(journal, StepState.FAILED)
        (plan,) = journal.plans(1)
        assert journal.last_outcomes(plan.author, 5, None) == (StepState.FAILED,)
        assert journal.last_outcomes("somebody else", 5, None) == ()


def test_what_is_old_is_removed_but_a_plan_stays_applied_and_an_open_one_whole(url: str) -> None:
    later = AT + timedelta(days=40)
    with open_journal(url) as journal:
        in_state(journal, StepState.SUBMITTED)
        (plan,) = journal.plans(1)
        journal.end_plan(plan.plan_id, AT)
        journal.record_cycle(AT, "balance", "optimal", "")
        journal.record_cycle(later, "balance", "optimal", "")
        assert journal.remove_before(AT + timedelta(days=1), later) == 1
        assert journal.steps(plan.plan_id), "one of its steps is open"
        done = StepOutcome(state=StepState.DONE, detail="", duration_s=1.0)
        journal.record_outcome(plan.plan_id, 1, done, AT)
        assert journal.remove_before(AT + timedelta(days=1), later) == 2
        assert journal.steps(plan.plan_id) == ()
        assert journal.has_plan(plan.plan_id)
        assert len(journal.cycles(9)) == 1
        assert list(problems(journal.audit.entries())) == [], "the audit is whole"
        head = journal.audit.head()
        assert head is not None
        assert head.kind == "retention"
