"""Every scenario folder says what it expects, and why."""

import json
from pathlib import Path

import pytest

from recommender.journal.inventory_file import SavedInventory, write_inventory
from tests.scenarios.scenario import FILES, differences, read_scenario
from tests.unit.cli.front_door import FrontDoor

FOLDERS = sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir() and path.name != "__pycache__")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_answer_is_the_one_that_is_right(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scenario = read_scenario(folder)
    path = tmp_path / "inventory.json"
    write_inventory(path, SavedInventory(inventory=scenario.inventory, policy=scenario.policy))
    ended = FrontDoor(monkeypatch, capfd)(*scenario.arguments, "-i", str(path), "-o", "json")
    assert ended.code == scenario.exit_code, ended.stderr
    found = json.loads(ended.stdout) if ended.stdout else {"told": ended.stderr.strip()}
    assert differences(scenario.expected, found) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_folder_is_complete_and_expects_something(folder: Path) -> None:
    assert all((folder / name).is_file() for name in FILES)
    assert len((folder / "README.md").read_text(encoding="utf-8")) > 200
    assert read_scenario(folder).expected


def test_a_difference_is_noticed() -> None:
    assert differences({"a": [1, {"b": 2}]}, {"a": [{"b": 2, "c": 3}, 1], "d": 4}) == []
    assert differences({"a": [1]}, {"a": [1, 2]})
    assert differences({"a": 1.0}, {"a": 1.1})
    assert differences({"a": None}, {})
