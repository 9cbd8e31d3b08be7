"""``serve`` as a process: it starts without a reachable vCenter, goes on after errors, and stops when asked."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recommender.journal.store import open_read_only

CONFIGURATION = """
[[vcenter]]
name = "nowhere"
url = "https://127.0.0.1:9/sdk"
user = "me"
timeout_s = 1

[serve]
poll_interval_s = 0.1

[journal]
url = "sqlite:///{folder}/journal.db"
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_after_errors_until_it_is_asked_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    config = tmp_path / "recommender.toml"
    config.write_text(CONFIGURATION.format(folder=tmp_path))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "RECOMMENDER_PASSWORD": "hunter2"}
    command = [sys.executable, "-m", "recommender", "serve", "--config", str(config)]
    events: list[dict[str, Any]] = []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stderr is not None
        for line in process.stderr:
            events.append(json.loads(line))
            if [event["event"] for event in events].count("a turn failed") == 2:
                process.send_signal(number)
                break
        rest = process.stderr.read()
    assert process.returncode == 0
    assert [event["event"] for event in events] == ["leading", "serving", "a turn failed", "a turn failed"]
    assert events[2]["error_kind"] == "InventoryUnavailable"
    assert "stopped" in rest
    assert "hunter2" not in str(events) + rest
    with open_read_only(f"sqlite:///{tmp_path}/journal.db") as journal:
        assert journal is not None
        assert {cycle.status for cycle in journal.cycles(10)} == {"failed"}


def test_an_error_in_the_configuration_ends_it_with_one_message(tmp_path: Path) -> None:
    config = tmp_path / "recommender.toml"
    config.write_text("[serve]\npoll_interval_s = -1\n")
    command = [sys.executable, "-m", "recommender", "serve", "--config", str(config)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 2
    assert "serve.poll_interval_s" in ended.stderr
    assert "Traceback" not in ended.stderr
