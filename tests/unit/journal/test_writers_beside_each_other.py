"""Two writers on one SQLite file, and a copy made beside them: nobody fails because somebody else is at work."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from recommender.errors import JournalError
from recommender.journal import database
from recommender.journal.backup import back_up
from recommender.journal.store import DatabaseJournal, open_journal
from tests.unit.journal.test_store import AT, PLAN, begin

OTHER_PLAN = "b" * 64


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


def hold_the_file(journal: DatabaseJournal, held: threading.Event, let_go: threading.Event) -> None:
    """Write, and commit once that is allowed."""
    with journal._connections.transaction("hold") as connection:
        connection.execute(text("UPDATE plans SET author = 'not yet'"))
        held.set()
        let_go.wait(30)


def test_a_writer_waits_for_another_instead_of_failing(url: str) -> None:
    held, let_go = threading.Event(), threading.Event()
    with open_journal(url) as one, open_journal(url) as other:
        thread = threading.Thread(target=hold_the_file, args=(one, held, let_go))
        thread.start()
        assert held.wait(30)
        threading.Timer(0.2, let_go.set).start()
        begin(other)
        assert let_go.is_set(), "it was waited for"
        thread.join()
        assert one.has_plan(PLAN)


def test_who_waits_in_vain_is_told_so_and_nothing_is_half_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 20)
    held, let_go = threading.Event(), threading.Event()
    with open_journal(url) as one, open_journal(url) as other:
        thread = threading.Thread(target=hold_the_file, args=(one, held, let_go))
        thread.start()
        assert held.wait(30)
        with pytest.raises(JournalError, match="locked"):
            begin(other)
        let_go.set()
        thread.join()
        assert not one.has_plan(PLAN)


def test_who_reads_first_and_writes_then_does_not_fail_where_somebody_wrote_in_between(url: str) -> None:
    began, wrote = threading.Event(), threading.Event()

    def read_then_write(journal: DatabaseJournal) -> None:
        with journal._connections.transaction("read, then write") as connection:
            connection.scalar(text("SELECT count(*) FROM plans"))
            began.set()
            wrote.wait(0.2)  # in a transaction that only read so far the other could write now
            connection.execute(text("UPDATE plans SET author = 'read first'"))

    with open_journal(url) as one, open_journal(url) as other:
        begin(one)
        thread = threading.Thread(target=read_then_write, args=(one,))
        thread.start()
        assert began.wait(30)
        other.begin_plan(OTHER_PLAN, "{}", "wrote in between", AT)
        wrote.set()
        thread.join()
        assert {plan.author for plan in one.plans(9)} == {"read first", "wrote in between"}


def test_a_copy_is_made_beside_a_writer_of_what_is_committed_and_not_of_the_files_alone(
    url: str, tmp_path: Path
) -> None:
    copy, held, let_go = tmp_path / "copy.db", threading.Event(), threading.Event()
    with open_journal(url) as journal, open_journal(url) as writing:
        begin(journal)  # committed, but in the write-ahead log only
        thread = threading.Thread(target=hold_the_file, args=(writing, held, let_go))
        thread.start()
        assert held.wait(30)
        back_up(url, copy)
        let_go.set()
        thread.join()
    assert not copy.with_name("copy.db-wal").exists(), "one file is the whole copy"
    with open_journal(f"sqlite:///{copy}") as copied:
        assert len(copied.steps(PLAN)) == 2
        assert [plan.author for plan in copied.plans(9)] == ["ada"]
