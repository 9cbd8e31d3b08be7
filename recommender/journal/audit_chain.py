"""The audit: an append-only chain of what was decided, approved, done and found, each entry bound to all before it.

An entry's hash covers its content and the hash of the entry before. Whoever can write the database can make a new
chain, but none with a head that was written down elsewhere before: see ``audit_anchor``.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, func, insert, select

from recommender import __version__
from recommender.journal.connections import Connections
from recommender.journal.tables import audit, plans
from recommender.ports import StepOutcome

FIRST: Final = "0" * 64  # what comes before the first entry
_ADVISORY_LOCK: Final = 7_305_227_107  # of PostgreSQL: one transaction at a time makes the chain longer


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """``number`` counts from 1 without gaps; ``at`` is aware UTC; ``content`` is JSON with sorted keys, in ASCII."""

    number: int
    at: datetime
    kind: str
    content: str
    previous: str
    hash: str

    @property
    def document(self) -> dict[str, Any]:
        """The entry for programs, its content as an object."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="microseconds"),
            "kind": self.kind,
            "content": json.loads(self.content),
            "previous": self.previous,
            "hash": self.hash,
        }


def append(connection: Connection, at: datetime, kind: str, actor: str, content: Mapping[str, object]) -> None:
    """Add an entry within the transaction of what it tells of, so that neither is there without the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    last = connection.execute(select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).first()
    number, previous = (1, FIRST) if last is None else (last.number + 1, last.hash)
    told: dict[str, object] = {"actor": actor, "version": __version__}
    if turn := this_turn():
        told["turn"] = turn  # the same as in the log
    told |= {name: _plain(value) for name, value in content.items()}
    text = json.dumps(told, sort_keys=True, ensure_ascii=True)
    values = {"number": number, "at": at, "kind": kind, "content": text, "previous": previous}
    connection.execute(insert(audit).values(values | {"hash": entry_hash(number, at, kind, text, previous)}))


def this_turn() -> str | None:
    """The id that the log's lines of this turn of the service carry; ``None`` outside of one."""
    turn: str | None = structlog.contextvars.get_contextvars().get("turn")
    return turn


def append_outcome(
    connection: Connection, at: datetime, actor: str, plan_id: str, outcome: StepOutcome, **of: object
) -> None:
    """Add how a step of a plan, or a call on a host, ended: maybe turns after that in which the plan was decided."""
    told: dict[str, object] = {"plan": plan_id, **of, "state": outcome.state.value, "detail": outcome.detail}
    began = connection.scalar(select(plans.c.turn).where(plans.c.id == plan_id))
    if began is not None and began != this_turn():
        told["decided_in"] = began
    append(connection, at, "outcome", actor, told)


def entry_hash(number: int, at: datetime, kind: str, content: str, previous: str) -> str:
    """SHA-256 over everything an entry says, 64 hexadecimal digits."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([number, moment, kind, content, previous], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def basis_fingerprint(document: str) -> str:
    """32 hexadecimal digits of the SHA-256 of what a plan's document was made from; empty where it does not say."""
    try:
        content = json.loads(document)
    except ValueError:
        content = None
    basis = content.get("basis") if isinstance(content, dict) else None
    text = json.dumps(basis, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32] if basis else ""


class AuditChain:
    """The chain of one journal, to be read."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def head(self) -> AuditEntry | None:
        """The last entry. Raises ``JournalError``."""
        return next(iter(self.last(1)), None)

    def last(self, limit: int) -> tuple[AuditEntry, ...]:
        """The ``limit`` last entries, latest first. Raises ``JournalError``."""
        with self._connections.look() as connection:
            query = select(audit).order_by(audit.c.number.desc()).limit(limit)
            return tuple(AuditEntry(**row) for row in connection.execute(query).mappings())

    def entries(self) -> Iterator[AuditEntry]:
        """All entries, first to last. Raises ``JournalError``."""
        with self._connections.look() as connection:
            for row in connection.execute(select(audit).order_by(audit.c.number)).mappings():
                yield AuditEntry(**row)


def problems(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """What shows that entries were changed, removed or put in; none for a chain that is whole."""
    previous, expected = FIRST, 1
    for entry in entries:
        if entry.number != expected:
            yield f"entry {expected} is missing: entry {entry.number} follows"
        if entry.previous != previous:
            yield f"entry {entry.number} does not follow the entry before it"
        if entry.hash != entry_hash(entry.number, entry.at, entry.kind, entry.content, entry.previous):
            yield f"entry {entry.number} was changed"
        previous, expected = entry.hash, entry.number + 1


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else str(value)
