"""What is done at set times is done once, over stops and crashes, as its configuration and people say."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recommender.journal.calibration_file import read_calibration
from recommender.journal.inventory_file import read_inventory
from recommender.journal.occurrences import OccurrenceState
from recommender.policy import AutomationLevel, ConcurrencyLimits
from recommender.settings.schedule import ScheduleSettings
from recommender.settings.settings import JournalSettings
from tests.unit.service.stages import DUE, Stage, a_worker, an_evacuation, settings

FULL = AutomationLevel.FULLY_AUTOMATED


def test_what_was_learnt_is_written_down_at_set_times(tmp_path: Path) -> None:
    values = {"name": "refit", "kind": "calibration", "cron": "5 9 * * 1", "duration_minutes": 60}
    journal = JournalSettings(url=f"sqlite:///{tmp_path}/journal.db")
    for dry_run, number in ((True, 0), (False, 1)):
        job = ScheduleSettings.model_validate(values | {"dry_run": dry_run})
        of, stage = settings(schedule=(job,), balance=False, journal=journal), Stage()
        a_worker(stage, of).poll()
        stage.wait_until(DUE)
        a_worker(stage, of).poll()
        assert states(stage) == ["done"]
        assert len(list(tmp_path.glob("*.calibration.json"))) == number
    (written,) = tmp_path.glob("*.calibration.json")
    assert read_calibration(written).calibration.finished == ()


def states(stage: Stage) -> list[str]:
    return sorted(row.state.value for row in stage.journal.occurrences.last(9))


def test_what_was_due_before_the_service_knew_of_it_is_nobodys_business() -> None:
    of, stage = settings(FULL, evacuation=(an_evacuation(),), balance=False), Stage()
    stage.wait_until(DUE + timedelta(minutes=1))
    a_worker(stage, of).poll()
    assert (stage.sent, states(stage)) == (0, [])


def test_with_misfire_skip_a_late_service_leaves_it() -> None:
    of, stage = settings(FULL, evacuation=(an_evacuation(misfire="skip"),), balance=False), Stage()
    a_worker(stage, of).poll()
    stage.wait_until(DUE + timedelta(minutes=11))
    a_worker(stage, of).poll()
    assert (stage.sent, states(stage)) == (0, ["missed"])


def test_of_several_missed_times_the_latest_runs() -> None:
    of, stage = settings(FULL, evacuation=(an_evacuation(cron="*/10 * * * *"),), balance=False), Stage()
    stage.clock.sleep(1)
    a_worker(stage, of).poll()
    stage.clock.sleep(35 * 60)
    for _ in range(2):
        a_worker(stage, of).poll()
    assert states(stage) == ["done", "missed", "missed"]


def test_what_a_person_asks_for_runs_once_and_what_they_skip_does_not() -> None:
    of, stage = settings(FULL, evacuation=(an_evacuation(),), balance=False), Stage()
    settle, job = stage.journal.occurrences.settle, "evacuation monday"
    assert settle(job, DUE, OccurrenceState.SKIPPED, stage.clock.now(), "ada", "not today")
    a_worker(stage, of).poll()
    stage.wait_until(DUE)
    a_worker(stage, of).poll()
    assert stage.sent == 0
    asked_at = stage.clock.now() + timedelta(microseconds=1)
    assert settle(job, asked_at, OccurrenceState.ASKED, asked_at, "ada", "")
    stage.clock.sleep(1)
    for _ in range(2):
        a_worker(stage, of).poll()
    assert stage.sent == 10
    assert states(stage) == ["done", "skipped"]
    assert stage.journal.occurrences.asked() == ()


@pytest.mark.parametrize(("interrupted", "left", "state"), [("continue", 0, "done"), ("stop", 9, "interrupted")])
def test_work_that_was_cut_off_is_gone_on_with_in_its_window_if_so_configured(
    interrupted: str, left: int, state: str
) -> None:
    one_at_a_time = replace(settings().policy, limits=ConcurrencyLimits(host_units=1))
    of = settings(policy=one_at_a_time, evacuation=(an_evacuation(interrupted=interrupted),), balance=False)
    stage = Stage()
    a_worker(stage, of).poll()
    stage.wait_until(DUE)
    a_worker(stage, of, stop=lambda: stage.sent > 0).poll()
    assert states(stage) == ["running"]
    stage.clock.sleep(120)
    a_worker(stage, of).poll()
    assert stage.left_on("a") == left
    assert states(stage) == [state]


def test_a_schedule_balances_at_its_times_alone_and_keeps_files(tmp_path: Path) -> None:
    balancing = ScheduleSettings(name="nightly", kind="balance", cron="5 9 * * *", duration_minutes=30)
    saving = ScheduleSettings(
        name="saved", kind="inventory", cron="*/5 * * * *", duration_minutes=4, folder=tmp_path / "kept", keep=2
    )
    of, stage = settings(FULL, schedule=(balancing, saving), balance=False), Stage()
    for minutes in (0, 5, 10, 15):
        stage.wait_until(max(DUE + timedelta(minutes=minutes - 5), stage.clock.now()))
        assert bool(stage.sent) == (minutes > 5)
        a_worker(stage, of).poll()
    kept = sorted((tmp_path / "kept").iterdir())
    assert len(kept) == 2
    assert len(read_inventory(kept[-1]).inventory.virtual_machines) == 10
