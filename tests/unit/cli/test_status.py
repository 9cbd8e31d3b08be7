"""``status`` tells what the journal knows, as tables or JSON, and makes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from recommender.cli.status import status
from recommender.errors import JournalError
from recommender.journal.store import open_journal
from recommender.ports import Order, OrderKind, StepOutcome, StepState, TaskRef
from tests.inventories import TAKEN_AT, VCENTER
from tests.unit.actuation.worlds import a_step, three_hosts


def run(folder: Path, *arguments: str) -> Result:
    environment = {"RECOMMENDER_CONFIG": None, "RECOMMENDER_JOURNAL__URL": f"sqlite:///{folder}/journal.db"}
    result = CliRunner(env=environment).invoke(status, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A journal with one plan: a step that was done, one that is open, one not begun."""
    with open_journal(f"sqlite:///{tmp_path}/journal.db") as journal:
        journal.begin_plan("ab" * 32, "{}", "eve \x1b[31m", TAKEN_AT)
        steps = [(a_step(three_hosts(), number, f"v{number}", "b"), f"uuid-v{number}") for number in (1, 2, 3)]
        journal.add_steps("ab" * 32, steps, TAKEN_AT)
        for number in (1, 2):
            journal.record_intent("ab" * 32, number, f"op-{number}", TAKEN_AT)
            journal.record_submitted("ab" * 32, number, TaskRef(VCENTER, f"task-{number}"), TAKEN_AT)
        done = StepOutcome(state=StepState.DONE, detail="the VM was seen at its destination", duration_s=12.5)
        journal.record_outcome("ab" * 32, 1, done, TAKEN_AT)
        journal.record_cycle(TAKEN_AT, "balance", "optimal", "3 moves recommended; 1 done")
    return tmp_path


def document(folder: Path, *arguments: str) -> dict[str, Any]:
    found = json.loads(run(folder, "-o", "json", *arguments).stdout)
    assert isinstance(found, dict)
    return found


def test_without_a_journal_it_says_so_and_makes_none(tmp_path: Path) -> None:
    assert "there is no journal yet" in run(tmp_path).stdout
    assert document(tmp_path) == {
        "format": "recommender-status/1",
        "has_journal": False,
        "next": [],
        "leader": None,
        "leaders": [],
        "pause": None,
        "brake": None,
        "last_poll": None,
        "last_decision": None,
        "last_reload": None,
        "idle": [],
        "proposals": [],
        "plans": [],
        "open_steps": [],
        "names": {},
        "open_settings": [],
        "occurrences": [],
        "cycles": [],
    }
    assert list(tmp_path.iterdir()) == []


def test_the_document_has_plans_steps_open_steps_and_cycles(told: Path) -> None:
    found = document(told)
    (plan,) = found["plans"]
    assert plan["step_counts"] == {"pending": 1, "submitted": 1, "done": 1}
    assert plan["ended_at"] is None
    first = plan["steps"][0]
    assert (first["predicted_p50_s"], first["predicted_p95_s"], first["duration_s"]) == (10.0, 20.0, 12.5)
    assert [step["number"] for step in found["open_steps"]] == [2]
    assert found["open_steps"][0]["task"] == "vc/task-2"
    assert found["cycles"][0]["detail"] == "3 moves recommended; 1 done"


def test_the_tables_show_predicted_next_to_actual(told: Path) -> None:
    shown = run(told).stdout
    for text in (
        "abababababab",
        "10.0 s",
        "20.0 s",
        "12.5 s",
        "open       step 2",
        "optimal",
    ):
        assert text in shown


def test_names_from_outside_cannot_steer_the_terminal(told: Path) -> None:
    assert "\x1b" not in run(told).stdout
    assert "\x1b" not in run(told, "-o", "json").stdout


def test_the_limit_counts_for_plans_and_cycles(told: Path) -> None:
    with open_journal(f"sqlite:///{told}/journal.db") as journal:
        journal.begin_plan("cd" * 32, "{}", "bob", TAKEN_AT.replace(hour=13))
        journal.record_cycle(TAKEN_AT, "poll", "read", "")
    found = document(told, "--limit", "1")
    assert [plan["author"] for plan in found["plans"]] == ["bob"]
    assert [cycle["kind"] for cycle in found["cycles"]] == ["poll"]


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("not a database, but long enough to be looked at" * 100)
    with pytest.raises(JournalError):
        run(tmp_path)


def test_it_says_why_nothing_happens_and_how_far_migrations_are(told: Path) -> None:
    with open_journal(f"sqlite:///{told}/journal.db") as journal:
        journal.progress.tell("ab" * 32, 2, 40)
        journal.orders.give(Order(kind=OrderKind.PAUSE, author="ada", reason="storage", at=TAKEN_AT))
    found = document(told)
    assert found["open_steps"][0]["progress_percent"] == 40
    assert found["idle"][:3] == [
        "no service leads: none runs on this journal",
        "paused by ada: storage",
        "the automation level is manual: a person applies recommendations",
    ]
    assert found["last_decision"]["detail"] == "3 moves recommended; 1 done"
    shown = run(told).stdout
    assert ", 40 %" in shown
    assert "idle       paused by ada: storage" in shown


def test_it_can_be_watched(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("recommender.cli.status.time.sleep", sleep)
    shown = CliRunner(env={"RECOMMENDER_JOURNAL__URL": f"sqlite:///{told}/journal.db"}).invoke(
        status, ["--watch", "--interval-s", "5"]
    )
    assert shown.stdout.count("leader ") == 3
    assert looks == [5.0, 5.0, 5.0]
