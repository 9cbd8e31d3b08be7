"""``--window``, ``--done-by`` and ``--html``: asked before anything starts."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.cli.window import clock_time, duration_s, seconds_until, time_zone_named
from tests.unit.cli.front_door import FrontDoor

HOUR = 3600


def test_a_window_that_is_long_enough_is_a_yes_with_the_last_start(recommender: FrontDoor, saved: str) -> None:
    told = recommender("evacuate", "esx-full", "--dry-run", "-i", saved, "--window", "2h")
    assert told.code == 0
    assert "window     yes: 2:00 h" in told.stdout
    assert "last start that still fits" in told.stdout


def test_a_window_that_is_too_short_is_a_no_with_what_would_fit(recommender: FrontDoor, saved: str) -> None:
    told = recommender("evacuate", "esx-full", "--dry-run", "-i", saved, "--window", "1s")
    assert told.code == 4
    assert "window     no" in told.stdout
    assert "would fit: a window of" in told.stdout


def test_the_document_carries_the_answer(recommender: FrontDoor, saved: str) -> None:
    document = json.loads(recommender("plan", "-i", saved, "--done-by", "04:00", "-o", "json").stdout)
    window = document["window"]
    assert window["fits"] is True
    assert 0 < window["window_s"] <= 24 * HOUR
    assert window["last_start_s"] == pytest.approx(window["window_s"] - window["finish_p95_s"])


@pytest.mark.parametrize(
    "words",
    [["--window", "soon"], ["--window", "0m"], ["--done-by", "25:00"], ["--window", "1h", "--done-by", "04:00"]],
)
def test_what_is_no_time_is_a_usage_error(recommender: FrontDoor, saved: str, words: list[str]) -> None:
    assert recommender("plan", "-i", saved, *words).code == 2


def test_a_time_zone_that_does_not_exist_is_a_usage_error(recommender: FrontDoor, saved: str) -> None:
    assert recommender("plan", "-i", saved, "--done-by", "04:00", "--time-zone", "Mars/Olympus").code == 2


def test_durations_are_read_as_people_write_them() -> None:
    assert [duration_s(text) for text in ("2h", "90m", "1h30m", "45min", "20s")] == [7200, 5400, 5400, 2700, 20]


@pytest.mark.parametrize(
    ("starts_at", "hours"),
    [
        (datetime(2026, 1, 5, 21, 0, tzinfo=UTC), 6),  # 22:00 in Berlin
        (datetime(2026, 3, 28, 21, 0, tzinfo=UTC), 5),  # the night that loses an hour
        (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), 7),  # the night that has one more
        (datetime(2026, 1, 5, 3, 0, tzinfo=UTC), 24),  # it is 04:00 now: that of tomorrow
    ],
)
def test_a_time_of_day_counts_real_hours_over_a_change_of_clocks(starts_at: datetime, hours: int) -> None:
    assert seconds_until(clock_time("04:00"), time_zone_named("Europe/Berlin"), starts_at) == hours * HOUR


def test_the_page_is_written_and_a_folder_that_is_not_there_is_a_usage_error(
    recommender: FrontDoor, saved: str, tmp_path: Path
) -> None:
    page = tmp_path / "plan.html"
    assert recommender("plan", "-i", saved, "--html", str(page)).code == 0
    assert "esx-full" in page.read_text(encoding="utf-8")
    assert recommender("plan", "-i", saved, "--html", str(tmp_path / "no" / "plan.html")).code == 2
