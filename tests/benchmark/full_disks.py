"""The disk of the journal's database is full under real daemons: ``python -m tests.benchmark.full_disks DATABASE``.

SQLite's file, all of PostgreSQL's files, or its write-ahead log alone (``postgresql-wal``) are on a small file system
of their own in memory, which wants root. Two daemons migrate over SOAP; then, for a minute, one file takes all the room
that is left or that the database gives back; where it is the log's, others of the server write much into it as well.
PostgreSQL ends itself where it cannot write that: as a supervisor would, it is started again each time. Both daemons
have to stay alive and to say why; nothing may be sent whose intent is not committed, which the independent checker sees
afterwards by the simulator's own history; and once there is room again, somebody has to lead and something to be sent.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.benchmark.outages import SAYS
from tests.contract.estates import uniform
from tests.contract.running_simulator import running_simulator
from tests.contract.serving import Service, eventually
from tests.postgresql import PostgresqlServer, running_postgresql

SIZE_MIB = {"sqlite": 8, "postgresql": 80, "postgresql-wal": 12}
WAL_SEGMENT_MIB = 1
TAKEN_AT_A_TIME = 4096


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own; ``ballast`` is the file that takes its room."""

    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with suppress(OSError), self.ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(TAKEN_AT_A_TIME))


@contextmanager
def small_disk(folder: Path, size_mib: int) -> Iterator[SmallDisk]:
    folder.mkdir()
    options = f"size={size_mib}m,mode=0711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)  # noqa: S603, S607  # fixed words and our own folder
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S603, S607  # fixed words and our own folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=tuple(SIZE_MIB))
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory()))
        disk = stack.enter_context(small_disk(place / "disk", SIZE_MIB[asked.database]))
        url, server = f"sqlite:///{disk.folder / 'journal.db'}", None
        if asked.database != "sqlite":
            place.chmod(0o711)  # another user's server has to get through
            files = disk.folder / "files"
            files.mkdir()
            where = {"wal": files} if asked.database == "postgresql-wal" else {"data": files}
            server = stack.enter_context(running_postgresql(**where, wal_segment_mib=WAL_SEGMENT_MIB))
            url = server.new_database()
        simulator = stack.enter_context(running_simulator(place, uniform(4, 40), migration_ms=1000))
        service = Service(simulator, place, url)
        stack.callback(service.close)
        writes_much = server is not None and asked.database == "postgresql-wal"
        sys.exit(not survives(service, disk, server, asked.seconds, writes_much=writes_much))


def survives(
    service: Service, disk: SmallDisk, server: PostgresqlServer | None, seconds: float, *, writes_much: bool
) -> bool:
    """Prints what happened; whether all of it was right."""
    daemons, starts = (service.start(), service.start()), 0

    def calls() -> int:
        nonlocal starts
        if server is not None and server.has_ended:
            server.start()
            starts += 1
        return sum(line["state"] == "queued" for line in service.simulator.tasks())

    eventually(lambda: sum(daemon.sent for daemon in daemons) > 0, "something is sent before")
    before, began_s = calls(), time.monotonic()
    while time.monotonic() - began_s < seconds:
        disk.fill()
        if server is not None and writes_much:
            _write_much(server)
        time.sleep(0.2)
        sent = calls() - before
    alive = sum(daemon.process.poll() is None for daemon in daemons)
    said = Counter(entry["error"] for daemon in daemons for entry in daemon.events() if entry["event"] in SAYS)
    disk.ballast.unlink()
    sends_s = eventually(lambda: calls() > before + sent, "something is sent afterwards")
    service.settle()
    wrong = service.disagreements()
    print(f"{seconds:.0f} s full: {alive} of 2 alive, {sent} calls, the server was started {starts} times")
    print(*(f"{number} times {error}" for error, number in said.most_common()), sep="\n")
    print(f"sends after {sends_s:.1f} s, {len(wrong)} disagreements", *wrong, sep="\n")
    return alive == len(daemons) and bool(said) and not wrong


def _write_much(server: PostgresqlServer) -> None:
    """As another application of the server would, into its write-ahead log alone."""
    with suppress(psycopg.Error), psycopg.connect(server.address("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_logical_emit_message(false, 'another', repeat('x', 1000000))")


if __name__ == "__main__":
    main()
