"""``schedule`` shows times, and tells the service what to run and what to skip."""

import json
from pathlib import Path

import pytest

from recommender.journal.store import open_journal
from tests.unit.cli.front_door import FrontDoor

CONFIGURATION = """
[journal]
url = "sqlite:///{folder}/journal.db"
[[evacuation]]
name = "saturday"
hosts = ["esx-1"]
cron = "0 2 * * 6"
time_zone = "Europe/Berlin"
duration_minutes = 120
[[schedule]]
name = "copies"
kind = "backup"
folder = "{folder}/copies"
cron = "0 1 * * *"
duration_minutes = 60
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "recommender.toml"
    config.write_text(CONFIGURATION.format(folder=tmp_path))
    monkeypatch.setenv("RECOMMENDER_CONFIG", str(config))
    return tmp_path


@pytest.fixture
def schedule(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], folder: Path) -> FrontDoor:
    del folder
    door = FrontDoor.__new__(FrontDoor)
    door._monkeypatch, door._capfd = monkeypatch, capfd
    return door


def test_the_next_times_are_shown_in_local_time_and_in_utc(schedule: FrontDoor) -> None:
    times = json.loads(schedule("schedule", "next", "saturday", "-n", "60", "-o", "json").stdout)["times"]
    assert len(times) == 60
    assert {time["local"].split()[0] for time in times} == {"Sat"}
    assert {time["local"][-4:].strip() for time in times} == {"CET", "CEST"}
    assert {time["due_at"][11:16] for time in times} == {"00:00", "01:00"}
    shown = schedule("schedule", "next", "-n", "3").stdout
    assert "Europe/Berlin" in shown
    assert "copies" in shown


def test_what_is_skipped_and_asked_for_is_in_the_journal_once(schedule: FrontDoor, folder: Path) -> None:
    first, second = json.loads(schedule("schedule", "next", "copies", "-n", "2", "-o", "json").stdout)["times"]
    for time in (first, second):
        told = schedule("schedule", "skip", "copies", "--reason", "no")
        assert (told.code, time["due_at"][:10] in told.stderr) == (0, True)
    (skipped,) = json.loads(schedule("schedule", "next", "copies", "-n", "1", "-o", "json").stdout)["times"]
    assert skipped["is_skipped"]
    assert schedule("schedule", "run", "copies").code == 0
    with open_journal(f"sqlite:///{folder}/journal.db") as journal:
        (asked,) = journal.occurrences.asked()
        assert asked.job == "schedule copies"
        assert [entry.kind for entry in journal.audit.entries()] == ["skipped", "skipped", "asked"]
    listed = json.loads(schedule("schedule", "list", "-o", "json").stdout)["schedules"]
    assert [(one["name"], one["kind"]) for one in listed] == [("saturday", "evacuation"), ("copies", "backup")]
    assert listed[1]["last"]["state"] == "asked"


def test_a_name_that_is_not_there_is_told_with_one_that_is(schedule: FrontDoor) -> None:
    told = schedule("schedule", "run", "saturdays")
    assert told.code == 2
    assert "did you mean saturday?" in told.stderr
