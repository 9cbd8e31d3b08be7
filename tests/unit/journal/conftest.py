from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.journal.store import DatabaseJournal, open_journal
from tests.postgresql import PostgresqlServer, running_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A journal's URL where there is no journal yet, on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def journal(url: str) -> Iterator[DatabaseJournal]:
    with open_journal(url) as opened:
        yield opened
