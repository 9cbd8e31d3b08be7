"""``maintain``: the waves are shown before anything is sent, and what makes no sense is refused."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.front_door import FrontDoor


def test_the_waves_are_shown_with_their_price(recommender: FrontDoor, saved: str) -> None:
    told = recommender("maintain", "plan", "esx-full", "-i", saved, "--work", "1h")
    assert told.code == 0, told.stderr
    assert "1 wave, " in told.stdout
    assert "with 1:00 h of work on each wave" in told.stdout


def test_the_document_holds_each_waves_timeline(recommender: FrontDoor, saved: str) -> None:
    told = recommender("maintain", "plan", "esx-full", "-i", saved, "-o", "json", "--stay")
    document = json.loads(told.stdout)
    assert document["format"] == "recommender-rolling/1"
    (wave,) = document["waves"]
    assert [host["name"] for host in wave["hosts"]] == ["esx-full"]
    assert len(wave["steps"]) == document["migrations"] == document["vms"] > 0
    assert document["home"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name hosts, or a cluster with --cluster"),
        (["esx-fulll"], "no host is called"),
        (["--cluster", "nowhere"], "no cluster is called"),
        (["esx-full", "--work", "soon"], "--work: 'soon' is not a time"),
        (["esx-full", "--work", "9999999999h"], "--work: '9999999999h' is longer than a year"),
        (["esx-full", "--moves-per-vm", "0.5"], "0.5 is not in the range"),
    ],
)
def test_what_makes_no_sense_is_refused(recommender: FrontDoor, saved: str, words: list[str], told: str) -> None:
    ended = recommender("maintain", "plan", *words, "-i", saved)
    assert ended.code == 2
    assert told in ended.stderr


def test_a_hook_is_an_absolute_path(recommender: FrontDoor) -> None:
    ended = recommender("maintain", "run", "esx", "--hook", "patch.sh", "--vcenter", "https://127.0.0.1:1/sdk")
    assert ended.code == 2
    assert "is not an absolute path" in ended.stderr


@pytest.mark.parametrize("words", [("/nowhere/patch",), ("/etc",), ("/etc/passwd",)])
def test_a_hook_that_cannot_be_run_is_refused_before_anything_is_read(
    recommender: FrontDoor, words: tuple[str, ...]
) -> None:
    ended = recommender("maintain", "run", "esx", "--hook", *words, "--vcenter", "https://127.0.0.1:1/sdk")
    assert ended.code == 2
    assert f"--hook: {words[0]} " in ended.stderr


def test_without_a_journal_there_is_nothing_to_list(
    recommender: FrontDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_JOURNAL__URL", f"sqlite:///{tmp_path}/journal.db")
    ended = recommender("maintain", "list")
    assert ended.code == 9
    assert "there is no journal yet" in ended.stderr
