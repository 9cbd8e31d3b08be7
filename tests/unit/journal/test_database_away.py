"""A PostgreSQL that goes away and comes back: nothing is sent meanwhile, nothing is lost, the same process goes on."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from recommender.errors import JournalError
from recommender.journal.store import DatabaseJournal, open_journal
from recommender.service.leading.leadership import LEADER, Leadership
from tests.postgresql import PostgresqlServer

AT = datetime(2026, 1, 5, tzinfo=UTC)


def test_who_leads_goes_on_once_the_database_is_back(postgresql: PostgresqlServer) -> None:
    with open_journal(postgresql.new_database(), lease_ttl_s=300) as journal:
        leadership = Leadership([journal.lease(LEADER)])
        assert leadership.keep()
        with journal.acting():
            journal.begin_plan("a" * 64, "{}", "test", AT)
            with postgresql.away():
                with pytest.raises(JournalError):
                    journal.require_hold()
                with pytest.raises(JournalError):
                    journal.begin_plan("b" * 64, "{}", "test", AT)
                assert not leadership.keep(), "no lead is taken anew"
            journal.require_hold()
            journal.begin_plan("c" * 64, "{}", "test", AT)
        assert not leadership.keep(), "it has led all the time"
        assert leadership.is_ours
        assert {plan.plan_id[0] for plan in journal.plans(10)} == {"a", "c"}


def test_who_is_frozen_within_a_transaction_is_replaced_all_the_same(postgresql: PostgresqlServer) -> None:
    url = postgresql.new_database()
    with open_journal(url, lease_ttl_s=1) as frozen, open_journal(url, lease_ttl_s=1) as other:
        assert frozen.lease(LEADER).take()

        def stand_still(journal: DatabaseJournal) -> None:
            with journal._connections.transaction("stand still") as connection:
                connection.execute(text("UPDATE vcenter_leases SET holder = holder"))
                lease = other.lease(LEADER)
                assert lease.take()  # waits until the server has ended the other transaction
                assert lease.epoch == 2

        with pytest.raises(JournalError):
            stand_still(frozen)
        assert not frozen.lease(LEADER).take()
