"""Hooks that could not be run are found by looking, before a host is emptied for them."""

from pathlib import Path

import pytest

from recommender.inventory.finding import Severity
from recommender.service.hook_examination import hook_findings
from recommender.settings.hook import HookSettings
from recommender.settings.rolling import RollingSettings
from recommender.settings.schedule import EvacuationSettings


def told(**hooks: object) -> dict[str, tuple[Severity, str]]:
    one = EvacuationSettings.model_validate(
        {"name": "night", "hosts": ("esx",), "cron": "0 2 * * *", "duration_minutes": 60, **hooks}
    )
    return {found.subject: (found.severity, found.told) for found in hook_findings([one])}


def test_a_hook_that_can_be_run_is_told_and_not_run(tmp_path: Path) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    hook.chmod(0o700)
    found = told(before=HookSettings(command=(str(hook), "x")))
    assert found == {"night: before": (Severity.OK, f"the program {hook} can be run from here")}
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "does not exist"), ("#!/bin/sh", "may not be run by this user")],
)
def test_the_program_of_a_rolling_maintenance_is_looked_at(tmp_path: Path, content: str | None, why: str) -> None:
    hook = tmp_path / "hook"
    if content is not None:
        hook.write_text(content, encoding="utf-8")
        hook.chmod(0o600)
    found = told(rolling=RollingSettings(work=HookSettings(command=(str(hook),))))
    assert found == {"night: rolling.work": (Severity.ERROR, f"the program {hook} cannot be run: {hook} {why}")}


@pytest.mark.parametrize("key", ["secret_file", "ca_file"])
def test_the_files_of_a_webhook_are_looked_at(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("key", encoding="utf-8")
    files = {"secret_file": tmp_path / "secret"} | {key: tmp_path / "gone"}
    found = told(after=HookSettings.model_validate({"webhook": "https://tickets.example.net/", **files}))
    severity, text = found["night: after"]
    assert severity is Severity.ERROR
    assert f"{key}: {tmp_path / 'gone'}: No such file or directory" in text
