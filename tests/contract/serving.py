"""``serve`` as real processes on one journal, and what their journal and the vCenter say afterwards."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.journal.store import open_journal, open_read_only
from recommender.ports import Order, OrderKind
from tests.contract.running_simulator import RunningSimulator
from tests.history_checker import disagreements, read_tables

OPEN = {"intent", "submitted", "unknown"}
STATE = {"steps": 4, "host_calls": 2}  # the column, in what the checker reads
PATIENCE_S = 200  # machines that run tests are busy
LEASE_TTL_S = 3
CONFIGURATION = """{more}
[[vcenter]]
name = "vc"
url = "{url}"
certificate_sha256 = "{pin}"

[policy]
automation_level = "fully_automated"

[automation]
hold_rounds = 1

[serve]
poll_interval_s = {poll_s}
balance = {balance}
lease_ttl_s = {ttl_s}

[journal]
url = "{journal}"
"""


@dataclass
class Daemon:
    process: "subprocess.Popen[bytes]"
    log: Path

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]

    def count(self, event: str, **values: str) -> int:
        return sum(
            entry["event"] == event and all(entry.get(name) == value for name, value in values.items())
            for entry in self.events()
        )

    @property
    def sent(self) -> int:
        return self.count("step", what="sent")


@dataclass
class Service:
    """Daemons on one journal; ``journal_url`` is SQLite's or PostgreSQL's."""

    simulator: RunningSimulator
    folder: Path
    journal_url: str
    more: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    balances: bool = True
    daemons: list[Daemon] = field(default_factory=list)

    def configuration(self) -> str:
        return CONFIGURATION.format(
            url=self.simulator.url,
            pin=self.simulator.certificate_pin,
            ttl_s=LEASE_TTL_S,
            poll_s=2 if self.balances else 300,
            balance=str(self.balances).lower(),
            journal=self.journal_url,
            more=self.more,
        )

    def environment(self) -> dict[str, str]:
        """What it needs to log in, and ``variables``."""
        return self.variables | self.simulator.environment

    def start(self, failpoint: str = "") -> Daemon:
        """One more daemon, which ends or freezes itself at ``failpoint`` if one is named."""
        config = self.folder / "recommender.toml"
        config.write_text(self.configuration())
        log = self.folder / f"daemon-{len(self.daemons)}.log"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with log.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-m", "recommender", "serve", "--config", str(config)],
                env=kept | self.environment() | ({"RECOMMENDER_FAILPOINT": failpoint} if failpoint else {}),
                stdin=subprocess.DEVNULL,
                stderr=stderr,
            )
        self.daemons.append(Daemon(process, log))
        return self.daemons[-1]

    def freeze(self, daemon: Daemon) -> None:
        """Stop it, but not within a write to SQLite's file: who is frozen there keeps it from everybody."""
        daemon.process.send_signal(signal.SIGSTOP)
        while self.is_locked():
            daemon.process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
            daemon.process.send_signal(signal.SIGSTOP)

    def is_locked(self) -> bool:
        """Whether SQLite's file is locked for longer than a write takes."""
        if not self.journal_url.startswith("sqlite:///"):
            return False
        with closing(sqlite3.connect(self.journal_url.removeprefix("sqlite:///"), timeout=2)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def close(self) -> None:
        for daemon in self.daemons:
            daemon.process.kill()
            daemon.process.wait()

    def settle(self) -> None:
        """Let much be done, end every daemon wherever it is, and let a paused one find out what became of it all."""
        eventually(lambda: self._states("steps").count("done") >= 3, "three migrations are done")
        self._end_all()
        with open_journal(self.journal_url) as journal:
            journal.orders.give(Order(kind=OrderKind.PAUSE, author="test", reason="", at=datetime.now(UTC)))
        self.start()
        eventually(lambda: OPEN.isdisjoint(self._states("steps", "host_calls")), "everything is settled")
        self._end_all()

    def _states(self, *tables: str) -> list[str]:
        """Of every row."""
        with open_read_only(self.journal_url) as journal:
            if journal is None:
                return []
        rows = read_tables(self.journal_url)
        return [str(row[STATE[table]]) for table in tables for row in rows[table]]

    def _end_all(self) -> None:
        for daemon in self.daemons:
            daemon.process.terminate()
            daemon.process.wait(timeout=60)

    def disagreements(self) -> list[str]:
        """Journal against vCenter, by a checker that knows neither of them."""
        return list(disagreements(read_tables(self.journal_url), self.simulator.tasks()))


def eventually(condition: Callable[[], bool], what: str) -> float:
    """Wait until it is so; the seconds that took."""
    began_s = time.monotonic()
    while not condition():
        assert time.monotonic() - began_s < PATIENCE_S, f"never: {what}"
        time.sleep(0.05)
    return time.monotonic() - began_s
