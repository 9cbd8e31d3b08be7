"""The product as its users start it: a process of its own against a simulator."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.running_simulator import RunningSimulator

TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """Commands run in ``folder``, which also holds the journal; nothing of the person's environment reaches them."""

    simulator: RunningSimulator
    folder: Path

    @property
    def journal_url(self) -> str:
        return f"sqlite:///{self.folder / 'journal.db'}"

    def command(self, *arguments: str, reads_vcenter: bool = True) -> list[str]:
        where = ["--vcenter", self.simulator.url, "--pin", self.simulator.certificate_pin] if reads_vcenter else []
        return [sys.executable, "-m", "recommender", *arguments, *where]

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR")}
        journal = {"RECOMMENDER_JOURNAL__URL": self.journal_url}
        return kept | self.simulator.environment | journal | changes

    def run(self, *arguments: str, reads_vcenter: bool = True, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run to the end; no terminal, so that nobody can be asked."""
        return subprocess.run(  # noqa: S603  # our own program
            self.command(*arguments, reads_vcenter=reads_vcenter),
            cwd=self.folder,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def document(self, *arguments: str) -> dict[str, Any]:
        """The JSON that a command prints; it has to succeed."""
        done = self.run(*arguments, "-o", "json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def start(self, *arguments: str, reads_vcenter: bool = True) -> "subprocess.Popen[str]":
        """Start and do not wait."""
        return subprocess.Popen(  # noqa: S603  # our own program
            self.command(*arguments, reads_vcenter=reads_vcenter),
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
