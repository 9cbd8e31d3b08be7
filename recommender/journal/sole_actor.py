"""One process at a time carries out plans of a journal: a lock that is freed when its process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select

from recommender.errors import JournalError
from recommender.journal.database import sqlite_path
from recommender.journal.database_errors import told_as_journal_error

LOCK_NUMBER: Final = 0x7265636F6D6D656E  # "recommen": of PostgreSQL's advisory locks, which each database has its own
IN_USE: Final = "another process is carrying out a plan with this journal: wait for it to end"


@contextmanager
def sole_actor(engine: Engine) -> Iterator[None]:
    """Within, no other process (or thread) is. Raises ``JournalError`` at once where another one is.

    A PostgreSQL connection that breaks frees the lock too early; then two may act, each step is still sent once, since
    only one of them can make a step's transition in the journal.
    """
    if engine.url.get_backend_name() == "postgresql":
        with _advisory_lock(engine):
            yield
        return
    path = sqlite_path(engine.url)
    if path is None:
        yield  # a journal in memory has one process only
        return
    with _file_lock(path.with_name(f"{path.name}.acting")):
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"the lock {path} cannot be opened: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError(IN_USE) from error
        yield
    finally:
        os.close(file)


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        with told_as_journal_error("be locked"):
            is_ours = connection.scalar(select(func.pg_try_advisory_lock(LOCK_NUMBER)))
        if not is_ours:
            raise JournalError(IN_USE)
        try:
            yield
        finally:
            # The server frees the lock with its connection, even if it cannot be asked any more.
            connection.invalidate()
