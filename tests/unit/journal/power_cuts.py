"""Recording a journal's SQL, carrying it out again up to a power cut, holding what is left against what was said."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import apsw
from sqlalchemy import event
from sqlalchemy.pool import Pool

from recommender.journal.store import open_journal
from recommender.ports import StepOutcome, StepState, TaskRef
from tests.unit.journal.losing_disk import Disk, DiskSystem, PowerCut
from tests.unit.journal.plans import exchange

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
# A VFS in Python cannot share the log's index; the checkpoint is early, so that cuts fall into some.
SET_UP = ("PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=50")
NUMBERS = count()


@dataclass(frozen=True)
class Recording:
    """``contents`` are all rows before the first commit and after each; ``number_of_writes`` is without a cut."""

    statements: tuple[str, ...]
    contents: tuple[str, ...]
    number_of_writes: int

    def instead_of(self, statement: str, other: str) -> "Recording":
        assert statement in self.statements
        changed = replace(self, statements=tuple(other if one == statement else one for one in self.statements))
        return replace(changed, number_of_writes=_played(changed, Disk())[1])


@dataclass(frozen=True)
class Left:
    """``wrong`` is empty if all is well."""

    writes: int
    wrong: str


def record(path: Path) -> Recording:
    """Two plans from beginning to end, from an empty file on."""
    with _listening() as statements, open_journal(f"sqlite:///{path}") as journal:
        for plan_id, state in (("a" * 64, StepState.DONE), ("b" * 64, StepState.FAILED)):
            journal.begin_plan(plan_id, "{}", "ada", AT)
            journal.add_steps(plan_id, [(step, f"uuid-{step.move.vm.moid}") for step in exchange().steps], AT)
            for number in (1, 2):
                journal.record_intent(plan_id, number, f"{plan_id[0]}-{number}", AT)
                journal.record_submitted(plan_id, number, TaskRef("vc", f"task-{number}"), AT)
                outcome = StepOutcome(state=state, detail="", duration_s=1.0 if state is StepState.DONE else None)
                journal.record_outcome(plan_id, number, outcome, AT + timedelta(seconds=9))
            journal.end_plan(plan_id, AT)
    recording = Recording(tuple(statements), _contents_after_each_commit(statements), 0)
    return replace(recording, number_of_writes=_played(recording, Disk())[1])


def cut(recording: Recording, writes: int, *, seed: int, place: Path) -> Left:
    """Cut after so many writes and syncs; what is left becomes the files of a journal in ``place``."""
    disk = Disk(writes_left=writes)
    commits, _ = _played(recording, disk)
    chance = random.Random(seed)  # noqa: S311  # not for secrets
    for name, file in disk.files.items():
        if (left := file.after_the_cut(chance)) is not None:
            (place / name.removeprefix("/")).write_bytes(left)
    with closing(sqlite3.connect(place / "journal.db")) as connection:
        try:
            told = connection.execute("PRAGMA integrity_check").fetchone()[0]
            content = _content(connection)
        except sqlite3.DatabaseError as error:
            return Left(writes, f"the file cannot be read: {error}")
    if told != "ok":
        return Left(writes, f"the file is damaged: {told}")
    # The commit that was under way may have come through.
    if content not in recording.contents[commits : commits + 2]:
        later = [number for number, one in enumerate(recording.contents) if one == content]
        return Left(writes, f"{commits} commits had returned, and what is there is that of {later or 'none'}")
    return Left(writes, "")


def _played(recording: Recording, disk: Disk) -> tuple[int, int]:
    """Commits that returned, writes and syncs that were made."""
    name = f"losing-{next(NUMBERS)}"
    system = DiskSystem(name, disk)
    commits = 0
    with suppress(PowerCut, apsw.Error), closing(apsw.Connection("/journal.db", vfs=name)) as connection:
        for statement in (*SET_UP, *recording.statements):
            connection.execute(statement).fetchall()
            commits += statement == "COMMIT"
    system.unregister()
    return commits, disk.number_of_writes


def _contents_after_each_commit(statements: list[str]) -> tuple[str, ...]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        contents = [_content(connection)]
        for statement in statements:
            connection.execute(statement).fetchall()
            if statement == "COMMIT":
                contents.append(_content(connection))
    return tuple(contents)


def _content(connection: sqlite3.Connection) -> str:
    return "\n".join(connection.iterdump())


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Every statement with its values, of every connection that is opened meanwhile."""
    statements: list[str] = []

    def listen(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(statements.append)

    event.listen(Pool, "connect", listen, insert=True)
    try:
        yield statements
    finally:
        event.remove(Pool, "connect", listen)
