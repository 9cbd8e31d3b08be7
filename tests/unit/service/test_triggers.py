"""Cron texts mean what an administrator expects, also on the days when clocks change."""

from datetime import UTC, datetime, timedelta

from recommender.service.triggers import CronTrigger, next_time

BERLIN = "Europe/Berlin"


def test_sunday_is_zero_and_seven() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    sunday = datetime(2026, 3, 8, 3, 0, tzinfo=UTC)
    assert next_time("0 3 * * 0", "UTC", monday) == sunday
    assert next_time("0 3 * * 7", "UTC", monday) == sunday


def test_a_time_that_the_spring_day_leaves_out_is_due_once_all_the_same() -> None:
    # In Berlin 02:00 → 03:00 on 29 March 2026; 02:30 does not exist that day.
    eve = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    first = next_time("30 2 * * *", BERLIN, eve)
    assert first.date() == datetime(2026, 3, 29, tzinfo=UTC).date()
    second = next_time("30 2 * * *", BERLIN, first)
    assert second == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_a_daily_time_is_due_once_on_the_autumn_day() -> None:
    # In Berlin 03:00 → 02:00 on 25 October 2026; 02:30 happens twice, at 00:30 and 01:30 UTC.
    eve = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    first = next_time("30 2 * * *", BERLIN, eve)
    second = next_time("30 2 * * *", BERLIN, first)
    assert second - first > timedelta(hours=20)


def test_the_trigger_fires_now_at_the_start_and_then_moves_on() -> None:
    now = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    trigger = CronTrigger("0 3 * * *", "UTC")
    assert trigger.get_next_fire_time(None, now) == now
    assert trigger.get_next_fire_time(now, now) == now + timedelta(days=1)
