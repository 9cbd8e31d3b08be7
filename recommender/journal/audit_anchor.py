"""The audit's head, written to a file outside the database, so that a chain made anew does not fit it."""

import os
import re
import syslog
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from recommender.errors import DocumentError, JournalError
from recommender.journal.audit_chain import AuditEntry

IDENTITY: Final = "recommender-audit"
_ANCHOR: Final = re.compile(r"(?:^|\s)(\d+) ([0-9a-f]{64}) \S+$")


def write_anchor(path: Path, head: AuditEntry) -> None:
    """Append *number hash time* of the head; each line is on disk before this returns. Raises ``JournalError``."""
    line = f"{_line(head)}\n"
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


def send_anchor(head: AuditEntry) -> None:
    """The same line to the system's log, which may stand on another machine."""
    syslog.openlog(IDENTITY, 0, syslog.LOG_AUTH)
    syslog.syslog(syslog.LOG_NOTICE, _line(head))


def read_anchors(path: Path) -> tuple[tuple[int, str], ...]:
    """Number and hash of every head that was written down, also in a system log. Raises ``DocumentError``."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise DocumentError(f"{path} cannot be read", [error.strerror or str(error)]) from error
    anchors = [found for line in lines if (found := _ANCHOR.search(line))]
    if any(line.strip() for line in lines) and not anchors:
        raise DocumentError(f"{path} is no anchor of an audit", ["each line holds a number, a hash and a time"])
    return tuple((int(found[1]), found[2]) for found in anchors)


def _line(head: AuditEntry) -> str:
    return f"{head.number} {head.hash} {head.at.isoformat(timespec='microseconds')}"


def anchor_problems(entries: Iterable[AuditEntry], anchors: Iterable[tuple[int, str]]) -> Iterator[str]:
    """What was written down and is not in the chain any more."""
    hashes = {entry.number: entry.hash for entry in entries}
    for number, found in anchors:
        if number not in hashes:
            yield f"entry {number} was there once and is gone"
        elif hashes[number] != found:
            yield f"entry {number} is not the one that was there once"
