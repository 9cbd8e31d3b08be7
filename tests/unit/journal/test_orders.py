"""What people order is obeyed by the very next intent of every process."""

from datetime import timedelta

import pytest

from recommender.errors import HeldBack
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.ports import Order, OrderKind, StepState
from tests.inventories import TAKEN_AT, ref
from tests.unit.journal.test_store import PLAN, begin

AT = TAKEN_AT.replace(hour=13)
OTHER = "b" * 64


def give(journal: DatabaseJournal, kind: OrderKind, *, minutes: int = 0, plan_id: str | None = None) -> None:
    at = AT + timedelta(minutes=minutes)
    journal.orders.give(Order(kind=kind, author="ada", reason="storage is slow", at=at, plan_id=plan_id))


def test_a_pause_given_by_one_process_holds_back_another_until_it_is_resumed(url: str) -> None:
    with open_journal(url) as acting, open_journal(url) as person:
        begin(acting)
        give(person, OrderKind.PAUSE)
        with pytest.raises(HeldBack, match="paused by ada: storage is slow"):
            acting.record_intent(PLAN, 1, "op-1", AT)
        with pytest.raises(HeldBack):
            acting.record_host_intent(PLAN, ref("h1"), "op", AT)
        assert acting.steps(PLAN)[0].state is StepState.PENDING
        assert acting.orders.pause() == acting.standing_order(PLAN)
        give(person, OrderKind.RESUME)
        assert acting.standing_order(PLAN) is None
        acting.record_intent(PLAN, 1, "op-1", AT)


def test_a_cancellation_means_one_plan_and_stays(journal: DatabaseJournal) -> None:
    begin(journal)
    begin(journal, OTHER)
    give(journal, OrderKind.CANCEL, plan_id=PLAN)
    give(journal, OrderKind.RESUME)
    with pytest.raises(HeldBack, match="cancelled by ada"):
        journal.record_intent(PLAN, 1, "op-1", AT)
    assert journal.standing_order(OTHER) is None
    journal.record_intent(OTHER, 1, "op-1", AT)


def test_a_cancellation_of_all_means_what_was_begun_before_it(journal: DatabaseJournal) -> None:
    begin(journal)
    give(journal, OrderKind.CANCEL)
    journal.begin_plan(OTHER, "{}", "ada", AT + timedelta(minutes=1))
    order = journal.standing_order(PLAN)
    assert order is not None
    assert order.kind is OrderKind.CANCEL
    assert journal.standing_order(OTHER) is None
