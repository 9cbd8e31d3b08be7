"""Ctrl-C while a search runs, and how far it has come."""

import os
import signal
from pathlib import Path

import pytest

from recommender.cli.searching import Interruption, progress_text, searching
from recommender.placement.engine.run import Progress, SearchRun
from recommender.placement.engine.state import SearchState
from tests.unit.cli.front_door import FrontDoor


def test_ctrl_c_tells_the_best_so_far_and_it_can_be_replayed(
    recommender: FrontDoor, saved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = SearchRun.goes_on

    def interrupted(run: SearchRun, state: SearchState) -> bool:
        if run.rounds == 1 and not run.is_stopped:
            os.kill(os.getpid(), signal.SIGINT)
        return goes_on(run, state)

    path = str(tmp_path / "decision.json")
    monkeypatch.setattr(SearchRun, "goes_on", interrupted)
    ended = recommender("recommend", "-i", saved, "--save", path)
    monkeypatch.undo()
    assert ended.code == 130
    assert "stopped    after 1 rounds: the best answer so far" in ended.stdout
    assert recommender("recommend", "--replay", path).stdout.startswith("identical: ")


def test_the_second_ctrl_c_means_it() -> None:
    before, interruption = signal.getsignal(signal.SIGINT), Interruption()
    with searching(interruption=interruption):
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.is_asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_progress_is_told_with_its_gap() -> None:
    told = progress_text(Progress(rounds=12, objective=200.0, bound=199.0))
    assert told == "searching: round 12, objective 200.0, bound 199.0, gap 0.5 %"
    assert progress_text(Progress(rounds=1, objective=200.0, bound=None)).endswith("bound unknown, gap –")
