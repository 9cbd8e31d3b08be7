"""``what-if`` and ``explain --rule`` as people call them."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.front_door import FrontDoor


def test_what_if_tells_both_situations(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.json"
    new = {"name": "esx-new", "like": "esx-empty"}
    hosts.write_text(json.dumps({"format": "recommender-hosts/1", "hosts": [new]}))
    asked = ("what-if", "--lose-host", "esx-full", "--add-host", str(hosts), "--demand", "+10%", "-i", saved)
    ended = recommender(*asked, "-o", "json")
    assert (ended.code, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["format"] == "recommender-what-if/1"
    assert document["change"]["demand_percent"] == 10
    assert [host["name"] for host in document["change"]["added_hosts"]] == ["esx-new"]
    assert len(document["stranded"]) == 6
    assert {move["reason"] for move in document["after"]["moves"]} == {"powerOnVm"}
    assert document["after"]["remaining_violations"] == []
    table = recommender(*asked).stdout
    assert "What if: esx-full lost; esx-new added; demand +10 %" in table
    assert "6 running VMs have to be started elsewhere" in table


def test_what_if_without_room_is_infeasible(recommender: FrontDoor, saved: str) -> None:
    ended = recommender("what-if", "--lose-host", "esx-full", "--demand", "+50%", "-i", saved)
    assert ended.code == 4
    assert "infeasible" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say what changes"),
        (("--demand", "much"), "percent"),
        (("--demand", "-101%"), "100"),
        (("--lose-host", "esx-ful"), "did you mean esx-full"),
        (("--without-rule", "memory_capacty"), "did you mean memory_capacity"),
        (("--add-host", "/nowhere/file"), "no such file"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    recommender: FrontDoor, saved: str, arguments: tuple[str, ...], told: str
) -> None:
    ended = recommender("what-if", *arguments, "-i", saved)
    assert (ended.code, ended.stdout) == (2, "")
    assert told in ended.stderr


def test_the_price_of_a_rule(recommender: FrontDoor, saved: str) -> None:
    ended = recommender("explain", "--rule", "memory_capacity", "-i", saved)
    assert ended.code == 0
    assert "price      0.0 objective units and +0 moves" in ended.stdout
    document = json.loads(recommender("explain", "--rule", "memory_capacity", "-i", saved, "-o", "json").stdout)
    assert document["format"] == "recommender-rule-price/1"
    assert document["objective_price"] == 0
    assert recommender("explain", "-i", saved).code == 2
    assert recommender("explain", "web-0", "--rule", "x", "-i", saved).code == 2
