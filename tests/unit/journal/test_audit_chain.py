"""What was done cannot be rewritten unseen."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from recommender.inventory.reference import EntityRef
from recommender.journal.approvals import Approval
from recommender.journal.audit_anchor import read_anchors, send_anchor
from recommender.journal.audit_chain import problems
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.ports import Order, OrderKind, StepOutcome, StepState, TaskRef
from tests.inventories import ref
from tests.unit.journal.test_store import AT, PLAN, begin, outcome

APPROVAL = Approval(plan_id=PLAN, approver="bob", author="ada", at=AT)


def fill(journal: DatabaseJournal) -> None:
    journal.approvals.give(APPROVAL)
    begin(journal)
    journal.record_intent(PLAN, 1, "op-1", AT)
    journal.record_outcome(PLAN, 1, outcome(StepState.DONE, "seen\0there ☃\ud800"), AT + timedelta(microseconds=1))
    journal.record_host_intent(PLAN, ref("h1"), "op-h", AT)
    journal.record_host_submitted(PLAN, ref("h1"), TaskRef("vc", "task-9"), AT)
    journal.record_host_outcome(PLAN, ref("h1"), outcome(StepState.FAILED, "no"), AT)
    journal.claim_occurrence("evacuation monday", AT, AT, "serve")
    journal.orders.give(Order(kind=OrderKind.PAUSE, author="ada", reason="", at=AT))


def test_every_approval_act_outcome_and_order_is_in_it_and_it_is_whole(url: str) -> None:
    with open_journal(url, actor="serve") as journal:
        fill(journal)
        entries = tuple(journal.audit.entries())
    assert [entry.kind for entry in entries] == [
        "approval",
        "plan begins",
        "intent",
        "outcome",
        "intent",
        "outcome",
        "occurrence",
        "pause",
    ]
    assert tuple(problems(entries)) == ()
    assert json.loads(entries[0].content)["actor"] == "bob"
    told = json.loads(entries[2].content)
    assert (told["actor"], told["plan"], told["step"], told["operation"]) == ("serve", PLAN, 1, "op-1")
    assert told["version"]


@pytest.mark.parametrize(
    ("forgery", "told"),
    [
        ("UPDATE audit SET content = replace(content, 'op-1', 'op-2') WHERE number = 3", "entry 3 was changed"),
        ("UPDATE audit SET kind = 'outcome' WHERE number = 3", "entry 3 was changed"),
        ("DELETE FROM audit WHERE number = 3", "entry 3 is missing"),
        ("DELETE FROM audit WHERE number = 1", "entry 1 is missing"),
        ("UPDATE audit SET hash = repeat('0', 64) WHERE number = 2", "entry 3 does not follow"),
    ],
)
def test_what_was_changed_by_hand_shows(url: str, forgery: str, told: str) -> None:
    if url.startswith("sqlite"):
        forgery = forgery.replace("repeat('0', 64)", f"'{'0' * 64}'")
    with open_journal(url) as journal:
        fill(journal)
        with journal._transaction("be tampered with") as connection:
            connection.execute(text(forgery))
        assert any(problem.startswith(told) for problem in problems(journal.audit.entries()))


def test_a_refused_act_leaves_no_entry(journal: DatabaseJournal) -> None:
    begin(journal)
    before = journal.audit.head()
    with pytest.raises(Exception, match="has no step"):
        journal.record_intent(PLAN, 9, "op", AT)
    assert journal.audit.head() == before


def test_an_approval_is_of_one_plan_and_given_once(journal: DatabaseJournal) -> None:
    journal.approvals.give(APPROVAL)
    journal.approvals.give(replace(APPROVAL, at=AT + timedelta(hours=1)))
    assert journal.approvals.of(PLAN) == (APPROVAL,)
    assert journal.approvals.of("b" * 64) == ()


def test_entries_of_one_turn_carry_its_id_and_the_plans_basis(url: str) -> None:
    with open_journal(url) as journal:
        structlog.contextvars.bind_contextvars(turn="abc123")
        try:
            journal.begin_plan("p" * 64, json.dumps({"basis": {"policy": "x"}}), "ada", AT)
        finally:
            structlog.contextvars.unbind_contextvars("turn")
        (entry,) = journal.audit.entries()
        told = json.loads(entry.content)
        assert told["turn"] == "abc123"
        assert len(told["basis"]) == 32


def test_what_ends_in_a_later_turn_tells_in_which_it_was_decided(url: str) -> None:
    outcome = StepOutcome(state=StepState.DONE, detail="it is there")
    host = EntityRef("vc", "host-1")
    with open_journal(url) as journal:
        with structlog.contextvars.bound_contextvars(turn="abc123"):
            journal.begin_plan(PLAN, "", "ada", AT)
            journal.record_host_intent(PLAN, host, "op", AT)
        (call,) = journal.open_host_calls()
        assert call.turn == "abc123"
        with structlog.contextvars.bound_contextvars(turn="def456"):
            journal.record_host_outcome(PLAN, host, outcome, AT)
        intent, ended = [json.loads(entry.content) for entry in journal.audit.entries()][1:]
        assert (intent["turn"], intent.get("decided_in")) == ("abc123", None)
        assert (ended["turn"], ended["decided_in"]) == ("def456", "abc123")


def test_the_head_goes_to_the_systems_log_and_is_read_back_from_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr("recommender.journal.audit_anchor.syslog.syslog", lambda _priority, line: lines.append(line))
    with open_journal(url) as journal:
        journal.record_cycle(AT, "balance", "optimal", "")
        head = journal.audit.head()
        assert head is not None
        send_anchor(head)
        log = tmp_path / "auth.log"
        log.write_text(f"Nov 26 13:00:00 host sshd: hello\nNov 26 13:00:01 host recommender-audit: {lines[0]}\n")
        assert read_anchors(log) == ((1, head.hash),)
