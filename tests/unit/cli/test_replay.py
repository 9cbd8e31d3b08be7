"""Recording a decision, and making it again."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.front_door import FrontDoor


@pytest.fixture
def recorded(recommender: FrontDoor, saved: str, tmp_path: Path) -> Path:
    path = tmp_path / "decision.json"
    assert recommender("recommend", "-i", saved, "--max-moves", "2", "--save", str(path)).code == 0
    return path


def test_the_same_versions_answer_identically(recommender: FrontDoor, recorded: Path) -> None:
    ended = recommender("recommend", "--replay", str(recorded))
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.startswith("identical: 2 moves, status feasible")
    document = json.loads(recommender("recommend", "--replay", str(recorded), "-o", "json").stdout)
    assert (document["format"], document["is_identical"]) == ("recommender-replay/1", True)
    assert document["now"]["versions"] == document["versions_now"] == document["versions_then"]
    assert document["then"]["moves"] == document["now"]["moves"]


def test_another_answer_by_the_same_versions_is_a_defect(recommender: FrontDoor, recorded: Path) -> None:
    decision = json.loads(recorded.read_text())
    decision["answer"]["moves"].pop()
    recorded.write_text(json.dumps(decision))
    ended = recommender("recommend", "--replay", str(recorded))
    assert ended.code == 1
    assert "NOT as it was, although the versions are the same" in ended.stdout
    assert "then stays, now esx-empty" in ended.stdout


@pytest.mark.parametrize(("worse_by", "code"), [(0, 0), (-1, 1)])
def test_other_versions_need_an_objective_that_is_no_worse(
    recommender: FrontDoor, recorded: Path, worse_by: float, code: int
) -> None:
    decision = json.loads(recorded.read_text())
    decision["versions"]["ortools"] = "9.0"
    decision["answer"]["moves"].pop()
    decision["answer"]["objective"]["terms"][0][1] += worse_by
    recorded.write_text(json.dumps(decision))
    ended = recommender("recommend", "--replay", str(recorded))
    assert ended.code == code
    assert "ortools     9.0 then, " in ended.stdout


def test_a_consolidation_is_replayed_as_one(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    path = str(tmp_path / "decision.json")
    assert recommender("recommend", "--goal", "consolidate", "-i", saved, "--save", path).code == 0
    assert recommender("recommend", "--replay", path).stdout.startswith("identical")


def test_what_cannot_be_replayed_is_told(recommender: FrontDoor, recorded: Path, saved: str) -> None:
    decision = json.loads(recorded.read_text())
    decision["inventory"]["virtual_machines"][0]["memory_mib"] = -1
    del decision["goal"]
    recorded.write_text(json.dumps(decision))
    ended = recommender("recommend", "--replay", str(recorded))
    assert (ended.code, ended.stdout) == (2, "")
    assert "goal: is missing" in ended.stderr
    assert "memory_mib: is negative" in ended.stderr
    assert recommender("recommend", "--replay", str(recorded), "-i", saved).code == 2


def test_a_search_that_was_stopped_is_replayed_to_the_same_round(
    recommender: FrontDoor, saved: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "decision.json")
    ended = recommender("recommend", "-i", saved, "--time-limit", "0", "--save", path, "-o", "json")
    document = json.loads(ended.stdout)
    assert (ended.code, document["status"], document["is_stopped"], document["rounds"]) == (4, "out_of_time", True, 0)
    replayed = recommender("recommend", "--replay", path)
    assert replayed.code == 0
    assert replayed.stdout.startswith("identical: 0 moves, status out of time, stopped after 0 rounds")
    told = recommender("recommend", "-i", saved, "--time-limit", "0").stdout
    assert "stopped    after 0 rounds: the best answer so far" in told
