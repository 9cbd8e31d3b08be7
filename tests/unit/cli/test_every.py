"""``plan --every`` dates each window: exact over a change of clocks, closed days left out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from recommender.inventory.inventory import Inventory
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor

USAGE, INFEASIBLE = 2, 4


def windows(told: str) -> list[str]:
    return [window["opens_at"] for window in json.loads(told)["windows"]]


def test_the_night_of_the_change_of_clocks_and_closed_days(
    recommender: FrontDoor, full_and_empty: Inventory, tmp_path: Path
) -> None:
    # In Berlin the clocks go forward on 2026-03-29.
    evening = replace(full_and_empty, taken_at=datetime(2026, 3, 28, 12, tzinfo=UTC))
    file = save(evening, tmp_path / "march.json")
    asked = ("plan", "-i", file, "--window", "2h", "--every", "30 3 * * * Europe/Berlin", "-o", "json")
    assert windows(recommender(*asked).stdout) == ["2026-03-29T03:30:00+02:00"]
    assert windows(recommender(*asked, "--closed", "2026-03-29").stdout) == ["2026-03-30T03:30:00+02:00"]


def test_a_window_shorter_than_any_move_is_infeasible_with_numbers(recommender: FrontDoor, saved: str) -> None:
    told = recommender("plan", "-i", saved, "--window", "1s", "--every", "0 2 * * *")
    assert told.code == INFEASIBLE
    assert "even the shortest migration takes" in told.stdout


def test_texts_that_are_no_cron_texts(recommender: FrontDoor, saved: str) -> None:
    for text in ("@daily", "0 2 * *", "0 2 31 2 *", "0 2 * * * Berlin"):
        told = recommender("plan", "-i", saved, "--window", "1h", "--every", text)
        assert told.code == USAGE, text
    assert recommender("plan", "-i", saved, "--every", "0 2 * * *").code == USAGE


def test_each_move_in_the_window_of_its_vm(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(
        '[[calendar.window]]\nname = "sundays"\ncron = "0 2 * * 0"\n'
        'time_zone = "Europe/Berlin"\nduration_minutes = 60\n',
        encoding="utf-8",
    )
    told = recommender("plan", "-i", saved, "--config", str(file), "--calendar", "-o", "json")
    assert told.code == 0
    (window,) = json.loads(told.stdout)["windows"]
    opens = datetime.fromisoformat(window["opens_at"])
    assert (opens.weekday(), opens.hour, opens.minute) == (6, 1, 0)
    assert opens < datetime.fromisoformat(window["last_start_at"]) < datetime.fromisoformat(window["closes_at"])
    assert recommender("plan", "-i", saved, "--config", str(file), "--calendar", "--window", "1h").code == USAGE
    assert recommender("plan", "-i", saved, "--calendar").code == USAGE
