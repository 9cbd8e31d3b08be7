"""Legs of a long undertaking are dated in the windows to come, each whole in one of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from recommender.planning.windows.legs import Leg, OpenTime, dated_legs

FRIDAY = datetime(2026, 1, 9, 22, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


def weekly(hours: float = 4) -> Iterator[OpenTime]:
    """Without an end, as a cron text has none."""
    opens = FRIDAY
    while True:
        yield OpenTime(opens_at=opens, closes_at=opens + hours * HOUR)
        opens += WEEK


def leg(hours: float, p95: float | None = None) -> Leg:
    return Leg(takes_s=hours * 3600, p95_s=(p95 or hours) * 3600)


def test_legs_follow_one_another_as_long_as_the_window_holds_the_next_one_at_its_p95() -> None:
    dated = dated_legs([leg(1), leg(2, 2.5), leg(0.5, 1.5), leg(1)], FRIDAY, weekly())
    assert [one.starts_at for one in dated] == [FRIDAY, FRIDAY + HOUR, FRIDAY + WEEK, FRIDAY + WEEK + 0.5 * HOUR]
    assert dated[-1].ends_at == FRIDAY + WEEK + 1.5 * HOUR
    assert dated[-1].window.opens_at == FRIDAY + WEEK


def test_what_is_late_is_dated_from_now_on_and_never_before_a_window_opens() -> None:
    (late,) = dated_legs([leg(1)], FRIDAY + 3.5 * HOUR, weekly())
    assert late.starts_at == FRIDAY + WEEK
    (early,) = dated_legs([leg(1)], FRIDAY - WEEK, weekly())
    assert early.starts_at == FRIDAY


def test_a_leg_that_no_whole_window_holds_ends_the_dates_though_the_windows_do_not_end() -> None:
    assert len(dated_legs([leg(1), leg(5), leg(1)], FRIDAY, weekly())) == 1


def test_where_the_windows_end_the_rest_has_no_date() -> None:
    only = [OpenTime(opens_at=FRIDAY, closes_at=FRIDAY + 4 * HOUR)]
    assert len(dated_legs([leg(3), leg(3)], FRIDAY, only)) == 1


def test_a_window_that_never_closes_holds_everything() -> None:
    dated = dated_legs([leg(100), leg(100)], FRIDAY, [OpenTime(opens_at=FRIDAY)])
    assert dated[-1].ends_at == FRIDAY + 200 * HOUR
