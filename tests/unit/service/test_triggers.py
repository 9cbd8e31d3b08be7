"""Cron texts mean what an administrator expects, also on the days when clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from pydantic import ValidationError

from recommender.service.set_times.due_times import due_times, next_time, open_until, starts_at
from recommender.service.set_times.triggers import DueTrigger
from recommender.settings.schedule import EvacuationSettings, WindowSettings

BERLIN = "Europe/Berlin"


def test_sunday_is_zero_and_seven() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    sunday = datetime(2026, 3, 8, 3, 0, tzinfo=UTC)
    assert next_time("0 3 * * 0", "UTC", monday) == sunday
    assert next_time("0 3 * * 7", "UTC", monday) == sunday


def test_a_day_of_the_month_and_a_weekday_are_either_or_as_cron_has_it() -> None:
    first_of_march = datetime(2026, 3, 1, tzinfo=UTC)
    trigger = DueTrigger(timed(cron="0 3 13 * fri"))
    sixth = trigger.get_next_fire_time(None, first_of_march)
    assert sixth == datetime(2026, 3, 6, 3, 0, tzinfo=UTC), "a Friday that is no 13th"
    assert next_time("0 3 13 * fri", "UTC", datetime(2026, 4, 11, tzinfo=UTC)) == datetime(2026, 4, 13, 3, tzinfo=UTC)


def test_the_first_saturday_and_the_last_day_of_a_month_can_be_said() -> None:
    first_of_march = datetime(2026, 3, 1, tzinfo=UTC)
    assert next_time("0 3 * * 6#1", "UTC", first_of_march) == datetime(2026, 3, 7, 3, 0, tzinfo=UTC)
    assert next_time("0 3 L * *", "UTC", first_of_march) == datetime(2026, 3, 31, 3, 0, tzinfo=UTC)


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


def timed(**changes: object) -> EvacuationSettings:
    values = {"name": "one", "hosts": ("a",), "duration_minutes": 60}
    return EvacuationSettings.model_validate(values | changes)


def test_the_trigger_fires_now_at_the_start_and_then_moves_on() -> None:
    now = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    trigger = DueTrigger(timed(cron="0 3 * * *"))
    assert trigger.get_next_fire_time(None, now) == now
    assert trigger.get_next_fire_time(now, now) == now + timedelta(days=1)


def test_jitter_is_the_same_in_every_process_and_differs_from_day_to_day() -> None:
    one, now = timed(cron="0 3 * * *", jitter_s=600), datetime(2026, 3, 2, 2, 59, tzinfo=UTC)
    dues = list(islice(due_times(one, now), 20))
    late_s = [(starts_at(one, due) - due).total_seconds() for due in dues]
    assert all(0 <= late <= 600 for late in late_s)
    assert len(set(late_s)) > 10
    trigger, first = DueTrigger(one), starts_at(one, dues[0])
    assert trigger.get_next_fire_time(None, now) == first
    assert trigger.get_next_fire_time(first, first) == starts_at(one, dues[1])


def test_what_is_due_once_is_due_once_also_where_the_hour_comes_twice() -> None:
    once = timed(at="2026-10-25T02:30", time_zone=BERLIN)
    assert list(due_times(once, datetime(2026, 1, 1, tzinfo=UTC))) == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    assert list(due_times(once, datetime(2026, 10, 25, 0, 30, tzinfo=UTC))) == []
    assert DueTrigger(once).get_next_fire_time(None, datetime(2026, 11, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"at": "2026-03-29T02:30", "time_zone": BERLIN}, "the clocks go forward"),
        ({"at": "2026-03-29T02:30", "cron": "0 3 * * *"}, "either cron or at"),
        ({}, "either cron or at"),
        ({"cron": "0 3 * * *", "jitter_s": 3600}, "shorter than duration_minutes"),
    ],
)
def test_times_that_make_no_sense_are_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        timed(**wrong)


def test_a_window_is_counted_in_real_time_on_the_day_the_clocks_change() -> None:
    window = WindowSettings(cron="30 1 * * *", time_zone=BERLIN, duration_minutes=120)
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30 in Berlin; at 01:00 UTC it is 03:00
    assert open_until(window, spring - timedelta(seconds=1)) is None
    assert open_until(window, spring) == spring + timedelta(hours=2)
    assert open_until(window, spring + timedelta(minutes=119)) == spring + timedelta(hours=2)
    assert open_until(window, spring + timedelta(minutes=120)) is None
