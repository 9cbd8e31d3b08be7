"""A disk that is full under the journal: nothing is half written, it is told, and it goes on once there is room."""

import subprocess
import sys
from pathlib import Path

from recommender.journal.audit_chain import problems
from recommender.journal.store import open_journal

# A real process whose files may not grow beyond a limit: each write past it fails, as on a full disk.
PROGRAM = """
import resource, signal, sys
from datetime import UTC, datetime
from recommender.errors import JournalError
from recommender.journal.store import open_journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
at = datetime(2026, 1, 5, tzinfo=UTC)
with open_journal(sys.argv[1]) as journal:
    for number in range(5):
        journal.begin_plan(f"{number:064}", "x" * 1000, "test", at)
    room = 400_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    written = 5
    try:
        while written < 1000:
            journal.begin_plan(f"{written:064}", "x" * 1000, "test", at)
            written += 1
    except JournalError as error:
        print(written, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.begin_plan("f" * 64, "after", "test", at)
"""


def test_what_was_told_as_written_is_there_and_nothing_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PROGRAM, url], capture_output=True, text=True, check=True
    )
    written, _, told = done.stdout.partition(" ")
    assert told.startswith("the journal cannot "), done.stdout
    assert 5 < int(written) < 1000
    with open_journal(url) as journal:
        assert len(journal.plans(2000)) == int(written) + 1
        assert journal.has_plan("f" * 64)
        assert list(problems(journal.audit.entries())) == []
