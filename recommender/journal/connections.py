"""One database behind all parts of a journal: transactions that are on disk when they end, and looks."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, Engine, StaticPool

from recommender.journal.database_errors import told_as_journal_error


class Connections:
    """Safe to share between threads; every error of the database is a ``JournalError``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # A database in memory has one connection, on which only one transaction can be at a time.
        self._one_at_a_time: AbstractContextManager[object] = (
            threading.RLock() if isinstance(engine.pool, StaticPool) else nullcontext()
        )
        self._reader = engine.execution_options(reading=True)

    @property
    def is_postgresql(self) -> bool:
        """Whether several transactions may write at a time."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def transaction(self, what: str) -> Iterator[Connection]:
        """Within, everything is written or nothing; *the journal cannot ``what``* where that fails."""
        with self._one_at_a_time, told_as_journal_error(what), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Within, nothing is written and no writer is waited for."""
        with self._one_at_a_time, told_as_journal_error("be read"), self._reader.begin() as connection:
            yield connection
