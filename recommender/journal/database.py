"""The connection to the journal's database, set up so that what is committed survives a power cut."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from recommender.errors import JournalError
from recommender.journal.sqlite_file import make_sqlite_file

BUSY_TIMEOUT_MS: Final = 10_000
# The server ends the transaction of a process that is frozen within one, for whose rows the next leader would wait.
POSTGRESQL_TIMEOUTS: Final = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=5s"
CONNECT_TIMEOUT_S: Final = 10


def writing_engine(url: str) -> Engine:
    """An engine that may write; a SQLite file is made (mode 0600) where there is none. Raises ``JournalError``."""
    parsed = parsed_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql_engine(parsed, read_only=False)
    path = sqlite_path(parsed)
    if path is not None:
        make_sqlite_file(path)
    return _sqlite_engine(parsed)


def reading_engine(url: str) -> Engine | None:
    """An engine that cannot write; ``None`` if it is a SQLite file that is not there. Raises ``JournalError``."""
    parsed = parsed_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql_engine(parsed, read_only=True)
    path = sqlite_path(parsed)
    if path is None or not path.exists():
        return None
    # As a URI, so that it can say mode=ro; the name is quoted since ? and # mean something there.
    uri = path.absolute().as_uri()
    return _sqlite_engine(parsed.set(database=uri, query={"mode": "ro", "uri": "true"}))


def parsed_url(url: str) -> URL:
    """The URL of a database that can be a journal. Raises ``JournalError``."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise JournalError("the journal's URL cannot be read; use sqlite:///PATH or postgresql+psycopg://…") from error
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise JournalError(f"a journal cannot be {parsed.drivername}; use sqlite:///PATH or postgresql+psycopg://…")
    return parsed


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database, ``None`` for one in memory (which outlives nothing: for trials only)."""
    return None if url.database in (None, "", ":memory:") else Path(str(url.database))


def _sqlite_engine(url: URL) -> Engine:
    pool: dict[str, Any] = (
        {} if sqlite_path(url) else {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    )
    engine = create_engine(url, **pool)

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin or commit on its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA synchronous=FULL")  # with NORMAL a power cut takes committed rows along
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Any) -> None:
        # A transaction that reads first and writes then does not wait for another writer: it fails at once.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: URL, *, read_only: bool) -> Engine:
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "options": POSTGRESQL_TIMEOUTS}
    options = {"postgresql_readonly": True} if read_only else {}
    try:
        engine = create_engine(
            url,
            connect_args={name: value for name, value in arguments.items() if name not in url.query},
            execution_options=options,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise JournalError("for PostgreSQL install vsphere-recommender[postgresql]") from error

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.autocommit = False

    return engine
