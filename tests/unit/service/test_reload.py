"""A changed configuration is taken up whole or not at all, while the service runs."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from recommender.errors import ConfigurationError
from recommender.policy import AutomationLevel
from recommender.service.daemon import serve
from recommender.service.reload import Reload
from recommender.settings.load import load_settings
from recommender.settings.settings import Settings
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import Stage, settings, the_only_part

MANUAL = AutomationLevel.MANUAL


def reloading(folder: Path, text: str = "") -> tuple[Reload, Path]:
    file = folder / "recommender.toml"
    file.write_text(text)
    return Reload(settings=load_settings(file, {}), load=lambda: load_settings(file, {}), file=file), file


def change(file: Path, text: str) -> None:
    file.write_text(text)
    os.utime(file, ns=(1, 1 + file.stat().st_mtime_ns))


def test_without_a_change_nothing_is_read(tmp_path: Path) -> None:
    reload, _ = reloading(tmp_path)
    reload.load = lambda: pytest.fail("it was read")
    assert reload.look() is None


def test_a_change_of_the_file_is_taken_up_once(tmp_path: Path) -> None:
    reload, file = reloading(tmp_path)
    change(file, "[policy]\nmigration_threshold = 5\n")
    new = reload.look()
    assert new is not None
    assert new.policy.migration_threshold == 5
    assert reload.look() is None
    assert (reload.succeeded, reload.failed, reload.problem) == (1, 0, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[policy]\nmigration_threshold = 9\n", "policy.migration_threshold"),
        ("[policy", "is not TOML"),
        ("[policy]\nmigration_threshold = 5\n[serve]\nhealth_port = 1\n", "serve.health_port: restart to change it"),
    ],
)
def test_what_cannot_be_used_changes_nothing(tmp_path: Path, text: str, told: str) -> None:
    reload, file = reloading(tmp_path)
    before = reload.settings
    change(file, text)
    with capture_logs() as logs:
        assert reload.look() is None
    assert reload.settings == before
    assert (reload.succeeded, reload.failed) == (0, 1)
    assert told in (reload.problem or "")
    assert [entry["log_level"] for entry in logs] == ["error"]
    reload.ask()
    change(file, "")
    with capture_logs() as logs:
        assert reload.look() is None
    assert [entry["event"] for entry in logs] == ["the configuration is as it was"]
    assert reload.problem is None, "nothing is refused any more"


def test_a_running_service_works_on_with_the_new_one() -> None:
    stage, stop = Stage(), threading.Event()
    manual, automated = settings(MANUAL), settings(AutomationLevel.FULLY_AUTOMATED)
    asked: list[int] = []

    def load() -> Settings:
        asked.append(1)
        if len(asked) == 1:
            raise ConfigurationError("x cannot be used", ["vcenter: restart to change it"])
        return automated

    reload = Reload(settings=manual, load=load)

    def watch() -> None:
        _until(lambda: bool(stage.cycles))
        reload.ask()
        _until(lambda: reload.failed == 1)
        reload.ask()
        _until(lambda: stage.sent > 0)
        stop.set()

    watching = threading.Thread(target=watch)
    watching.start()
    serve(the_only_part(manual, stage.world, stage.journal), stop, reload=reload, patience=PATIENCE)
    watching.join()
    assert stage.sent > 0
    told = [(status, "restart" in detail) for kind, status, detail in stage.cycles if kind == "reload"]
    assert told == [("failed", True), ("done", False)]


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")
