"""The service learns from each migration that ends, once, and knows it in its next decision."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from recommender.inventory.load import QuietHour, VmLoad
from recommender.journal.calibration_file import SavedCalibration, write_calibration
from recommender.journal.finished_migrations import FinishedMigrations, FinishedStep
from recommender.migration.calibration import Calibration
from recommender.policy import MigrationPolicy
from recommender.service.learnt_calibration import Teacher
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref
from tests.memory_journal import MemoryJournal
from tests.unit.service.stages import Stage, overloaded, settings
from tests.unit.service.test_daemon import worker


def finished(number: int, *, factor: float = 2.0) -> FinishedStep:
    """One of ``v1`` that took ``factor`` times what the model had said."""
    return FinishedStep(
        ended_at=TAKEN_AT + timedelta(hours=number),
        instance_uuid="uuid-v1",
        source=ref("a"),
        destination=ref("b"),
        memory_mib=4096.0,
        bandwidth_mib_s=1000.0,
        dirty_mib_s=None,
        physical_s=10.0,
        duration_s=10.0 * factor,
    )


class Finished(FinishedMigrations):
    """What has ended so far."""

    def __init__(self, over: Iterable[FinishedStep] = ()) -> None:
        self.over = list(over)

    def after(self, since: datetime | None, *, most: int) -> tuple[FinishedStep, ...]:
        return tuple(one for one in self.over if since is None or one.ended_at > since)[-most:]


class Journal(MemoryJournal):
    def __init__(self, over: Iterable[FinishedStep] = ()) -> None:
        super().__init__()
        self.known = Finished(over)
        self.finished = self.known


def factor(teacher: Teacher) -> float | None:
    vms = [make_vm("v1", "a", load=VmLoad(memory_consumed_mib=4096), instance_uuid="uuid-v1")]
    return teacher.taught(make_inventory([make_host("a"), make_host("b")], vms)).vm(ref("v1")).load.duration_factor


def teaching(folder: Path) -> tuple[Teacher, list[FinishedStep], str]:
    journal, url = Journal(), f"sqlite:///{folder / 'journal.db'}"
    return Teacher(url, journal, MigrationPolicy()), journal.known.over, url


def test_what_ends_between_two_turns_is_known_in_the_second(tmp_path: Path) -> None:
    teacher, over, _ = teaching(tmp_path)
    assert factor(teacher) is None
    over += [finished(number) for number in range(8)]
    first = factor(teacher)
    assert first == pytest.approx(2.0, rel=0.1)
    assert factor(teacher) == first  # nothing is learnt twice
    over += [finished(number, factor=4.0) for number in range(8, 40)]
    assert factor(teacher) == pytest.approx(4.0, rel=0.1)


def test_a_reset_between_two_turns_is_obeyed(tmp_path: Path) -> None:
    teacher, over, url = teaching(tmp_path)
    over += [finished(number) for number in range(8)]
    assert factor(teacher) is not None
    path = Path(url.removeprefix("sqlite:///") + ".calibration.json")
    write_calibration(path, SavedCalibration(learnt_until=TAKEN_AT + timedelta(hours=9), calibration=Calibration()))
    assert factor(teacher) is None


def test_a_file_that_cannot_be_used_ends_no_turn(tmp_path: Path) -> None:
    teacher, over, _ = teaching(tmp_path)
    over += [finished(1)]
    (tmp_path / "journal.db.calibration.json").write_text("{")
    with capture_logs() as logs:
        assert factor(teacher) is None
    assert [entry["event"] for entry in logs] == ["nothing that was learnt is used"]


def test_the_service_decides_with_what_was_learnt() -> None:
    stage, untaught = Stage(overloaded()), Stage(overloaded())
    stage.journal = Journal(finished(number, factor=300.0) for number in range(60))
    worker(stage, settings()).poll()
    worker(untaught, settings()).poll()
    assert untaught.sent > stage.sent  # what takes so long is not worth its gain


def test_the_load_of_each_hour_is_kept_and_the_quietest_hour_is_known(tmp_path: Path) -> None:
    """It is busy by day and quiet at 3 o'clock; before that was seen on three days nothing is said of it."""
    journal = MemoryJournal()
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    hours: list[QuietHour | None] = []
    for number in range(4 * 24 * 2):
        at = TAKEN_AT + timedelta(minutes=30 * number)
        active = 500 if at.hour == 3 else 4_000
        vm = make_vm("v1", "a", load=VmLoad(memory_active_mib=active, memory_consumed_mib=4_096))
        looked_at = replace(make_inventory([make_host("a")], [vm]), taken_at=at)
        teacher = Teacher(url, journal, MigrationPolicy())  # a service that is started anew keeps what was seen
        hours.append(teacher.taught(looked_at).vm(vm.ref).load.quiet_hour)
    assert hours[24 * 2] is None
    assert hours[-1] == QuietHour(hour=3, load_share=500 / 4_000, days=4)
