"""Of all processes that use a journal one carries out plans, and its death lets the next one."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recommender.errors import JournalError
from recommender.journal.store import DatabaseJournal, open_journal
from tests.inventories import TAKEN_AT as WHEN

PROJECT = Path(__file__).parents[3]
HOLD = """
import sys
from recommender.journal.store import open_journal
with open_journal(sys.argv[1]) as journal, journal.acting():
    print("holds", flush=True)
    sys.stdin.readline()
"""


def test_a_second_one_is_refused_and_may_act_when_the_first_has_ended(url: str) -> None:
    with open_journal(url) as first, open_journal(url) as second:
        with (
            first.acting(),
            pytest.raises(JournalError, match="another process is carrying out a plan"),
            second.acting(),
        ):
            pytest.fail("two acted at once")
        with second.acting():
            second.record_cycle(WHEN, "poll", "read", "")
        with first.acting():
            pass


def test_the_journal_can_be_used_while_somebody_acts(url: str) -> None:
    with open_journal(url) as first, open_journal(url) as second, first.acting():
        second.record_cycle(WHEN, "poll", "read", "")
        assert len(first.cycles(10)) == 1


def test_an_error_within_frees_it(url: str) -> None:
    with open_journal(url) as journal:
        with pytest.raises(ZeroDivisionError), journal.acting():
            raise ZeroDivisionError
        with journal.acting():
            pass


def test_a_process_that_is_killed_frees_it(url: str) -> None:
    command = [sys.executable, "-c", HOLD, url]
    with (
        open_journal(url) as journal,
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder,  # noqa: S603
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        with pytest.raises(JournalError), journal.acting():
            pytest.fail("two acted at once")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        _soon(journal)


def _soon(journal: DatabaseJournal) -> None:
    # A PostgreSQL server notices a moment later that a client is gone.
    for _ in range(300):
        try:
            with journal.acting():
                return
        except JournalError:
            time.sleep(0.05)
    pytest.fail("the dead process still holds it")
