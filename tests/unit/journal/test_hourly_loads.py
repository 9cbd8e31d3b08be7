"""How busy VMs are by the hour, kept alike in each database."""

from datetime import timedelta

from recommender.journal.hourly_loads import FORGOTTEN, REMEMBERED_DAYS
from recommender.journal.store import DatabaseJournal
from recommender.migration.quiet_hours import HourlyLoad
from tests.inventories import TAKEN_AT

DAY = timedelta(days=1)


def test_the_quietest_of_the_hours_that_were_seen_often_enough(journal: DatabaseJournal) -> None:
    for day in range(3):
        for hour, active in ((0, 4_000.0), (3, 500.0), (5, 500.0), (9, 2_000.0)):
            journal.hourly_loads.record(TAKEN_AT + day * DAY + timedelta(hours=hour), {"u": active, "always": 7.0})
    journal.hourly_loads.record(TAKEN_AT + timedelta(hours=11), {"u": 1.0, "new": 1.0})  # one quiet night is chance
    assert journal.hourly_loads.quietest() == {"u": HourlyLoad(15, 500.0, 3), "always": HourlyLoad(12, 7.0, 3)}


def test_an_hour_counts_once_a_day_and_old_days_fade(journal: DatabaseJournal) -> None:
    for day in range(REMEMBERED_DAYS):
        journal.hourly_loads.record(TAKEN_AT + day * DAY, {"u": 100.0})
        journal.hourly_loads.record(TAKEN_AT + day * DAY + timedelta(minutes=5), {"u": 9_999.0})
    last = TAKEN_AT + REMEMBERED_DAYS * DAY
    journal.hourly_loads.record(last, {"u": 1_500.0})
    assert journal.hourly_loads.quietest()["u"] == HourlyLoad(12, 100.0 + 1_400.0 / REMEMBERED_DAYS, REMEMBERED_DAYS)


def test_who_was_not_seen_for_long_is_forgotten(journal: DatabaseJournal) -> None:
    for day in range(3):
        journal.hourly_loads.record(TAKEN_AT + day * DAY, {"gone": 1.0})
    journal.hourly_loads.record(TAKEN_AT + 3 * DAY + FORGOTTEN, {"other": 1.0})
    assert journal.hourly_loads.quietest() == {}
