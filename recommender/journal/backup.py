"""Copying an embedded journal while others write to it."""

import os
from pathlib import Path

from sqlalchemy import text

from recommender.errors import JournalError
from recommender.journal.database import parsed_url, reading_engine, sqlite_path
from recommender.journal.database_errors import told_as_journal_error


def back_up(url: str, target: Path) -> None:
    """Write the journal of this moment into a new file (mode 0600). Raises ``JournalError``."""
    if sqlite_path(parsed_url(url)) is None:
        raise JournalError("only a SQLite file is copied here; for PostgreSQL use pg_dump")
    engine = reading_engine(url)
    if engine is None:
        raise JournalError("there is no journal yet")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # private before anything is in it
    except OSError as error:
        raise JournalError(f"{target} cannot be made: {error.strerror or error}") from error
    try:
        with (
            told_as_journal_error("be copied"),
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            connection.exec_driver_sql("ROLLBACK")  # VACUUM runs in no transaction
            connection.execute(text("VACUUM INTO :target"), {"target": str(target)})
    finally:
        engine.dispose()
