"""A PostgreSQL that goes away and comes back: nothing is sent meanwhile, nothing is lost, the same process goes on."""

from datetime import UTC, datetime

import pytest

from recommender.errors import JournalError
from recommender.journal.store import open_journal
from recommender.service.leadership import LEADER, Leadership
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
