"""``simulate PLAN`` carries one plan out in a data centre in memory and compares."""

import json
from pathlib import Path

from tests.unit.cli.front_door import FrontDoor

USAGE, STALE, INCOMPLETE = 2, 5, 7


def test_predicted_next_to_actual_and_the_same_seed_is_the_same_story(
    recommender: FrontDoor, saved: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "p.plan")
    assert recommender("plan", "-i", saved, "--out", file).code == 0
    told = recommender("simulate", file, "-i", saved, "--seed", "3", "-o", "json")
    assert told.code == 0
    document = json.loads(told.stdout)
    assert {step["state"] for step in document["steps"]} == {"done"}
    assert document["makespan"]["actual_s"] > 0
    assert recommender("simulate", file, "-i", saved, "--seed", "3", "-o", "json").stdout == told.stdout
    assert "predicted" in recommender("simulate", file, "-i", saved).stdout


def test_what_fails_is_told_and_ends_with_its_own_code(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    file = str(tmp_path / "p.plan")
    assert recommender("plan", "-i", saved, "--out", file).code == 0
    codes = {recommender("simulate", file, "-i", saved, "--failures", "--seed", str(seed)).code for seed in range(6)}
    assert INCOMPLETE in codes


def test_a_plan_without_its_inventory_is_a_usage_error(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    assert recommender("plan", "-i", saved, "--out", str(tmp_path / "p.plan")).code == 0
    assert recommender("simulate", str(tmp_path / "p.plan")).code == USAGE
    assert recommender("simulate", "--failures").code == USAGE
