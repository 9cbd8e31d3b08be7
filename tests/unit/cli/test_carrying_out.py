"""Data goes to standard output alone, also when something of a former run has to be settled first."""

import json
from pathlib import Path

import pytest

from recommender.cli.carrying_out import carry_out_with_progress
from recommender.cli.exit_code import ExitCode
from recommender.journal.store import open_journal
from recommender.settings.settings import JournalSettings, Settings
from recommender.simulation.failures import CallFault, FaultyCall
from tests.unit.actuation.worlds import POLICY, a_step
from tests.unit.service.test_carry_out import Application


def run(application: Application, folder: Path) -> int:
    settings = Settings(policy=POLICY, journal=JournalSettings(url=f"sqlite:///{folder}/journal.db"))
    saved = application.everything_to_b()
    return carry_out_with_progress(saved, application.inventory, application.world, settings, "json")


def test_everything_done_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Application(), tmp_path) == ExitCode.DONE
    shown = capsys.readouterr()
    assert [step["state"] for step in json.loads(shown.out)["steps"]] == ["done"] * 3
    assert "v1: a → b" in shown.err


def test_a_step_that_failed_is_told_by_the_exit_code(tmp_path: Path) -> None:
    assert run(Application(failures=[FaultyCall(call=2, fault=CallFault.REFUSED)]), tmp_path) == ExitCode.INCOMPLETE


def test_what_a_former_run_left_open_is_settled_and_told_beside_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    application = Application()
    now = application.clock.now()
    with open_journal(f"sqlite:///{tmp_path}/journal.db") as journal:
        journal.begin_plan("ab" * 32, "{}", "test", now)
        journal.add_steps("ab" * 32, [(a_step(application.inventory, 1, "v1", "c"), "uuid-v1")], now)
        journal.record_intent("ab" * 32, 1, "op-1", now)
    assert run(application, tmp_path) == ExitCode.DONE
    shown = capsys.readouterr()
    assert "step 1 of plan abababababab (vc/v1), which was cut off, has ended as failed" in shown.err
    assert json.loads(shown.out)["steps"]
