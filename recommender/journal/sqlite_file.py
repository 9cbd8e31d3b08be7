"""Making the file of a SQLite journal: private from the start, in WAL mode before anybody uses it."""

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from recommender.errors import JournalError
from recommender.journal.network_file_system import network_file_system_of


def make_sqlite_file(path: Path) -> None:
    """Make the file (mode 0600) and its folder where they are not there yet. Raises ``JournalError``."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kind := network_file_system_of(path.parent):
            raise JournalError(f"{path} is on a network file system ({kind}), where SQLite loses data: use PostgreSQL")
        if not path.exists():
            _make(path)
    except (OSError, sqlite3.Error) as error:
        told = error.strerror if isinstance(error, OSError) else None
        raise JournalError(f"the journal {path} cannot be made: {told or error}") from error


def _make(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # Two processes that switch one new file to WAL get "database is locked", whatever the busy timeout says.
        # Locking the file itself would not do: closing it drops SQLite's own locks of this process.
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            # Not made by SQLite, whose files are as open as the umask lets them be; WAL and index inherit the mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            os.fsync(folder)
    finally:
        os.close(folder)
