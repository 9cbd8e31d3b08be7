"""The power is cut under the journal at any moment: what it had said is written is there, and nothing is half written.

The journal's own SQL, recorded from a real journal, is carried out again by a SQLite on a disk that loses what was not
synced (``losing_disk``), up to a cut. What is left on that disk becomes files, which the journal itself then opens.
"""

from pathlib import Path

import pytest

from recommender.journal.audit_chain import problems
from recommender.journal.store import open_journal
from tests.unit.journal.power_cuts import AT, Left, Recording, cut, record


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return record(tmp_path_factory.mktemp("recorded") / "journal.db")


def cut_everywhere(recording: Recording, place: Path, *, seed: int = 0) -> list[Left]:
    """One cut before each write and each sync."""
    found = []
    for number in range(recording.number_of_writes):
        (place / str(number)).mkdir()
        found.append(cut(recording, number, seed=seed + number, place=place / str(number)))
    return found


def test_the_recording_holds_intent_submission_and_outcome_as_commits_of_their_own(recording: Recording) -> None:
    rows = [
        [line for line in told.splitlines() if line.startswith('INSERT INTO "steps"')] for told in recording.contents
    ]
    for state in ("pending", "intent", "submitted", "done", "failed"):
        assert any(f"'{state}'" in row for told in rows for row in told), state


def test_all_that_was_committed_is_there_and_no_half_of_anything(recording: Recording, tmp_path: Path) -> None:
    found = cut_everywhere(recording, tmp_path)
    assert len(found) > 200
    assert [left for left in found if left.wrong] == []


def test_what_is_left_is_a_journal_to_go_on_with(recording: Recording, tmp_path: Path) -> None:
    for number in range(0, recording.number_of_writes, 10):
        (tmp_path / str(number)).mkdir()
        cut(recording, number, seed=number, place=tmp_path / str(number))
        with open_journal(f"sqlite:///{tmp_path / str(number) / 'journal.db'}") as journal:
            journal.begin_plan("c" * 64, "{}", "ada", AT)
            assert list(problems(journal.audit.entries())) == []


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_a_journal_that_syncs_less_is_noticed(recording: Recording, tmp_path: Path, level: str) -> None:
    careless = recording.instead_of("PRAGMA synchronous=FULL", f"PRAGMA synchronous={level}")
    assert any(left.wrong for left in cut_everywhere(careless, tmp_path))
