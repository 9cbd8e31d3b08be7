"""Finished migrations are read from the journal on each database, with what was known before each."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.journal.plan_file import plan_text
from recommender.journal.store import DatabaseJournal
from recommender.migration.estimate import EstimateInput
from recommender.planning.basis import plan_basis
from recommender.policy import Policy
from recommender.ports import StepOutcome, StepState, TaskRef
from tests.inventories import TAKEN_AT, VCENTER, ref
from tests.unit.journal.plans import make_move, make_plan, saved_plan, two_hosts

PLAN = "ab" * 32


def inputs(dirty_origin: str = "measured", learnt: float | None = None) -> tuple[EstimateInput, ...]:
    numbers = [("memory", 8_192.0, "known"), ("dirty rate", 40.0, dirty_origin), ("bandwidth", 1_000.0, "link")]
    if learnt is not None:
        numbers.append(("learnt factor", learnt, "finished migrations"))
    return tuple(EstimateInput(name=name, value=value, unit="", origin=origin) for name, value, origin in numbers)


def record(journal: DatabaseJournal, document: str | None, *of_steps: tuple[EstimateInput, ...]) -> None:
    """A plan whose steps are all done, ten seconds after each other and 21 s long each."""
    moves = []
    for number, known in enumerate(of_steps, start=1):
        move = make_move(f"v{number}", "h1", "h2")

        estimate = replace(move.estimate, inputs=known)
        moves.append(make_move(f"v{number}", "h1", "h2", estimate=estimate))
    plan = make_plan(*moves)
    saved = saved_plan(plan=plan, basis=plan_basis(two_hosts(), Policy(), plan))
    journal.begin_plan(PLAN, plan_text(saved) if document is None else document, "ada", TAKEN_AT)
    journal.add_steps(PLAN, [(step, f"uuid-{step.number}") for step in plan.steps], TAKEN_AT)
    for step in plan.steps:
        at = TAKEN_AT + timedelta(seconds=10 * step.number)
        journal.record_intent(PLAN, step.number, f"op-{step.number}", at)
        journal.record_submitted(PLAN, step.number, TaskRef(VCENTER, f"task-{step.number}"), at)
        done = StepOutcome(state=StepState.DONE, detail="seen", duration_s=21.0)
        journal.record_outcome(PLAN, step.number, done, at)


def test_what_was_known_and_what_happened(journal: DatabaseJournal) -> None:
    record(journal, None, inputs(), inputs("assumed: once a minute", learnt=2.0))
    first, second = journal.finished.after(None, most=100)
    assert (first.instance_uuid, first.source, first.destination) == ("uuid-1", ref("h1"), ref("h2"))
    assert (first.memory_mib, first.bandwidth_mib_s, first.dirty_mib_s) == (8_192, 1_000, 40)
    assert (first.physical_s, first.duration_s) == (10.5, 21.0)
    assert second.dirty_mib_s is None
    assert second.physical_s == pytest.approx(5.25)  # the model alone, without what had been learnt before


def test_only_what_ended_later_is_news(journal: DatabaseJournal) -> None:
    record(journal, None, inputs(), inputs())
    (news,) = journal.finished.after(TAKEN_AT + timedelta(seconds=10), most=100)
    assert news.instance_uuid == "uuid-2"


@pytest.mark.parametrize("document", ["", "{}", "[]", json.dumps({"plan": {"steps": [{"number": 1, "move": None}]}})])
def test_a_plan_that_cannot_be_read_teaches_nothing(journal: DatabaseJournal, document: str) -> None:
    record(journal, document, inputs())
    assert journal.finished.after(None, most=100) == ()


def test_of_many_the_latest_are_read(journal: DatabaseJournal) -> None:
    record(journal, None, inputs(), inputs(), inputs())
    assert [one.instance_uuid for one in journal.finished.after(None, most=2)] == ["uuid-2", "uuid-3"]
