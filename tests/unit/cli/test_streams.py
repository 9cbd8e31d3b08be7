"""What a terminal and a script are given: data and remarks apart, colours where they are wanted, codes that stay."""

import io
import json
import os
import re
import signal
from pathlib import Path

import pytest
import structlog

from recommender.cli.carrying_out import stop_on_signal
from recommender.cli.exit_code import ExitCode
from recommender.report.console import data_console
from recommender.service.log_setup import set_up_log
from tests.unit.cli.front_door import FrontDoor

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_piped_is_data_alone_without_bars_or_colours(recommender: FrontDoor, saved: str) -> None:
    ended = recommender("recommend", "-i", saved, "-o", "json")
    assert json.loads(ended.stdout)["moves"]
    table = recommender("recommend", "-i", saved)
    assert not re.search(r"[\x1b\r\b]", ended.stderr + table.stdout + table.stderr)


@pytest.mark.parametrize(("no_color", "colours"), [("1", False), ("", True)])
def test_no_color_is_obeyed_on_a_terminal(monkeypatch: pytest.MonkeyPatch, no_color: str, colours: bool) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm")
    out, err = Terminal(), Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    data_console().print("text", style="red")
    set_up_log("info", "console")
    try:
        structlog.get_logger().warning("text")
    finally:
        structlog.reset_defaults()
    told = [bool(re.search(r"\x1b\[\d*;?3\d", stream.getvalue())) for stream in (out, err)]
    assert told == [colours, colours]


def test_the_first_ctrl_c_stops_what_is_new_and_the_second_lets_go(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signal() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert capfd.readouterr().err == "stopping: nothing new is started, what runs is followed to its end\n"


def test_every_exit_code_is_documented_and_no_other() -> None:
    section = README.split("\n## Exit codes\n")[1].split("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == sorted(ExitCode)
