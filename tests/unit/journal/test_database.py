import re
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from recommender.errors import JournalError
from recommender.journal import tables
from recommender.journal.database import reading_engine, writing_engine
from recommender.journal.store import open_journal, open_read_only
from recommender.journal.upgrade import REVISION
from tests.postgresql import PostgresqlServer
from tests.unit.journal.test_store import AT, PLAN, begin


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'journal.db'}"


def test_the_migrations_make_exactly_the_tables(url: str) -> None:
    with open_journal(url):
        pass
    engine = create_engine(url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
    engine.dispose()
    assert differences == []


def test_the_newest_revision_is_the_one_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", "recommender.journal:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_the_database_itself_refuses_states_and_steps_that_cannot_be(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
        for statement in (
            "UPDATE steps SET state = 'lost'",
            "UPDATE steps SET plan_id = 'nobody'",
            "UPDATE steps SET number = 1",
        ):
            with pytest.raises(JournalError, match="constraint"), journal._transaction("be tried") as connection:
                connection.execute(text(statement))


def test_what_was_written_is_there_when_the_journal_is_opened_again(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
        before = journal.steps(PLAN)
    with open_journal(url) as journal:
        assert journal.steps(PLAN) == before


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(JournalError, match="9999, written by a newer version"), open_journal(url):
        pass
    with pytest.raises(JournalError, match="9999, written by a newer version"), open_read_only(url):
        pass


def test_a_journal_of_an_older_version_is_told_as_that_by_who_only_looks(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
    execute(url, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(JournalError, match=r"0001, this version's is .* upgrades it"), open_read_only(url):
        pass


def test_looking_does_not_make_a_journal(url: str, tmp_path: Path) -> None:
    with open_read_only(url) as journal:
        assert journal is None
    assert list(tmp_path.iterdir()) == []


def test_looking_sees_what_is_there_and_cannot_change_it(url: str) -> None:
    with open_journal(url) as journal:
        begin(journal)
        with open_read_only(url) as reader:
            assert reader is not None
            assert reader.steps(PLAN) == journal.steps(PLAN)
            with pytest.raises(JournalError, match=r"read-?only"):
                reader.end_plan(PLAN, AT)
            assert reader.plans(1)[0].ended_at is None


def test_looking_at_an_empty_file_finds_no_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    with open_read_only(sqlite_url(tmp_path)) as journal:
        assert journal is None


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    with open_journal(sqlite_url(tmp_path)) as journal, open_journal(sqlite_url(tmp_path)) as other:
        begin(journal)
        with journal._transaction("hold the lock") as connection:
            connection.execute(text("UPDATE plans SET author = 'eve'"))
            assert other.plans(1)[0].author == "ada"


def test_sqlite_is_set_up_to_survive_a_power_cut(tmp_path: Path) -> None:
    engine = writing_engine(sqlite_url(tmp_path))
    with engine.connect() as connection:
        found = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_postgresql_waits_for_the_disk_even_where_the_database_would_not(postgresql: PostgresqlServer) -> None:
    url = postgresql.new_database()
    name = re.search(r"/(journal\d+)\?", url)
    assert name
    execute(url, f"ALTER DATABASE {name[1]} SET synchronous_commit = off")
    engine = writing_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"
        assert connection.scalar(text("SHOW lock_timeout")) == "10s"
    engine.dispose()


def test_the_files_of_a_sqlite_journal_are_private_and_so_is_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with open_journal(sqlite_url(folder)) as journal:
        begin(journal)
        assert {file.name for file in folder.iterdir()} == {"journal.db", "journal.db-wal", "journal.db-shm"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_journal_with_an_odd_name_is_found_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'my journal 100% #1.db'}"
    with open_journal(url) as journal:
        begin(journal)
    with open_read_only(url) as reader:
        assert reader is not None
        assert reader.plans(1)[0].plan_id == PLAN


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://host/db", "cannot be mysql"),
        ("postgresql://host/db", r"use sqlite:///PATH or postgresql\+psycopg"),
        ("sqlite+aiosqlite:///x.db", "cannot be sqlite"),
        ("postgresql+psycopg://user:s3cret@127.0.0.1:1/db?connect_timeout=2", "cannot be opened"),
        ("postgresql+psycopg:///db?host=/nowhere", "cannot be opened"),
        ("sqlite:////proc/nowhere/journal.db", "cannot be made"),
    ],
)
def test_a_journal_that_cannot_be_opened_is_told_in_one_line_without_a_password(url: str, told: str) -> None:
    with pytest.raises(JournalError, match=told) as caught, open_journal(url):
        pass
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("this is not a database, whatever its name says" * 40)
    with pytest.raises(JournalError, match="file is not a database"), open_journal(sqlite_url(tmp_path)):
        pass
    with pytest.raises(JournalError, match="file is not a database"), open_read_only(sqlite_url(tmp_path)):
        pass


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(JournalError, match="unable to open"), open_journal(sqlite_url(tmp_path)):
        pass


def test_a_table_that_is_gone_is_a_journal_error(tmp_path: Path) -> None:
    with open_journal(sqlite_url(tmp_path)) as journal:
        begin(journal)
        execute(sqlite_url(tmp_path), "ALTER TABLE steps RENAME TO gone")
        with pytest.raises(JournalError, match="no such table"):
            journal.record_intent(PLAN, 1, "op", AT)


def test_reading_engines_cannot_write(url: str) -> None:
    with open_journal(url):
        pass
    engine = reading_engine(url)
    assert engine is not None
    with pytest.raises(Exception, match=r"read-?only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM cycles"))
    engine.dispose()
