"""Runs the command line in this process, through the door that users take, so that exit codes count."""

from dataclasses import dataclass

import pytest

from recommender.cli.root import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    stdout: str
    stderr: str


class FrontDoor:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capfd = monkeypatch, capfd
        for name in ("RECOMMENDER_CONFIG", "GOVC_URL"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, *arguments: str) -> Ended:
        self._monkeypatch.setattr("sys.argv", ["recommender", *arguments])
        self._capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        stdout, stderr = self._capfd.readouterr()
        assert "Traceback" not in stderr
        assert isinstance(ended.value.code, int)
        return Ended(code=int(ended.value.code), stdout=stdout, stderr=stderr)
