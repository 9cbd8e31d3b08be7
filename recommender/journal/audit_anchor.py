"""The audit's head, written to a file outside the database, so that a chain made anew does not fit it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from recommender.errors import DocumentError, JournalError
from recommender.journal.audit_chain import AuditEntry


def write_anchor(path: Path, head: AuditEntry) -> None:
    """Append *number hash time* of the head; each line is on disk before this returns. Raises ``JournalError``."""
    line = f"{head.number} {head.hash} {head.at.isoformat(timespec='microseconds')}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode("ascii"))
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise JournalError(f"the audit's anchor {path} cannot be written: {error.strerror or error}") from error


def read_anchors(path: Path) -> tuple[tuple[int, str], ...]:
    """Number and hash of every head that was written down. Raises ``DocumentError``."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        return tuple((int(line.split()[0]), line.split()[1]) for line in lines if line.strip())
    except OSError as error:
        raise DocumentError(f"{path} cannot be read", [error.strerror or str(error)]) from error
    except (ValueError, IndexError) as error:
        raise DocumentError(
            f"{path} is no anchor of an audit", ["each line holds a number, a hash and a time"]
        ) from error


def anchor_problems(entries: Iterable[AuditEntry], anchors: Iterable[tuple[int, str]]) -> Iterator[str]:
    """What was written down and is not in the chain any more."""
    hashes = {entry.number: entry.hash for entry in entries}
    for number, found in anchors:
        if number not in hashes:
            yield f"entry {number} was there once and is gone"
        elif hashes[number] != found:
            yield f"entry {number} is not the one that was there once"
