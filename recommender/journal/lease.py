"""A lease: a row that one holder at a time may renew, with an epoch that grows at every change of hands.

A lock dies with its process but never with a process that is frozen; a lease runs out. All times are the database's,
so that the clocks of several machines do not matter. Who holds one acts only well before it runs out, by a clock of its
own. Who waits for one takes it as well once nobody has renewed it for long by the own clock of the one that waits: a
database whose clock was set back an hour would keep the lease of a holder that died for that hour.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import BigInteger, Connection, cast, column, literal, literal_column, select, table, text
from sqlalchemy.sql.elements import ColumnElement

from recommender.errors import LeaseLost
from recommender.journal.connections import Connections

DEFAULT_TTL_S: Final = 10.0
ACTED_UPON: Final = 2 / 3  # of its time to live a lease may be acted upon after it was last renewed
SEEN_UNCHANGED: Final = 2.0  # times to live after which one that nobody renews is free, whatever the database's clock

Milliseconds = Callable[[], int]


def lease_names(what: str, vcenters: Collection[str]) -> tuple[str, ...]:
    """The leases that ``what`` (leading, acting) takes for these vCenters, in the order in which they are to be taken.

    Where no vCenter is named it is one lease, of its own.
    """
    return tuple(f"{what} {vcenter}" for vcenter in sorted(set(vcenters))) or (what,)


_LEASES: Final = table("vcenter_leases", column("name"), column("holder"), column("epoch"), column("expires_ms"))
_NOW_MS: Final = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch from clock_timestamp()) * 1000 AS BIGINT)",
}


def new_holder() -> str:
    """A name that no other holder has: *machine/process/…*."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class LeaseTerms:
    """What all leases of one process have in common.

    ``now_ms`` replaces the database's clock and ``monotonic`` this process's own, both for simulations. ``seen`` has,
    by name, when the lease of another runs out as its row says, and since when (by ``monotonic``) it has said so.
    """

    ttl_s: float = DEFAULT_TTL_S
    now_ms: Milliseconds | None = None
    monotonic: Callable[[], float] = time.monotonic
    seen: dict[str, tuple[int, float]] = field(default_factory=dict)


class Lease:
    """The lease ``name`` as one holder sees it. Every method that asks the database raises ``JournalError``.

    ``holder``: its name, by default one of its own.
    """

    def __init__(self, connections: Connections, name: str, terms: LeaseTerms, holder: str | None = None) -> None:
        self.name, self.ttl_s = name, terms.ttl_s
        self.holder = holder or new_holder()
        self.epoch = 0
        self._connections, self._now_ms, self._monotonic, self._seen = (
            connections, terms.now_ms, terms.monotonic, terms.seen,
        )  # fmt: skip
        self._good_until_s = float("-inf")

    @property
    def is_ours(self) -> bool:
        """Whether it may be acted upon now, by this process's own clock alone."""
        return self._monotonic() < self._good_until_s

    def take(self) -> bool:
        """Take it if it is free or has run out, renew it if it is ours; whether it is ours now."""
        asked_s = self._monotonic()  # before the question: its answer may be long on the way
        with self._connections.transaction("take a lease") as connection:
            connection.execute(
                text(
                    "INSERT INTO vcenter_leases (name, holder, epoch, expires_ms) VALUES (:name, '', 0, 0)"
                    " ON CONFLICT (name) DO NOTHING"
                ),
                {"name": self.name},
            )
            now = f"({self._now_text(connection)})"
            epoch = connection.scalar(
                text(
                    "UPDATE vcenter_leases SET holder = :holder,"  # noqa: S608  # constants of ours
                    " epoch = CASE WHEN holder = :holder AND epoch = :epoch THEN epoch ELSE epoch + 1 END,"
                    f" expires_ms = {now} + :ttl_ms WHERE name = :name"
                    f" AND ((holder = :holder AND epoch = :epoch) OR expires_ms <= {now} OR expires_ms = :unrenewed)"
                    " RETURNING epoch"
                ),
                {
                    "holder": self.holder,
                    "epoch": self.epoch,
                    "name": self.name,
                    "ttl_ms": round(1000 * self.ttl_s),
                    "unrenewed": self._unrenewed_ms(asked_s),
                },
            )
            if epoch is None:
                self._look_at_another(connection)
        if epoch is None:
            self._good_until_s = float("-inf")
            return False
        self.epoch = epoch
        self._good_until_s = asked_s + ACTED_UPON * self.ttl_s
        return True

    def _unrenewed_ms(self, now_s: float) -> int:
        """When the lease of another seems to run out, if nobody has renewed it for long; else what no row says."""
        expires_ms, since_s = self._seen.get(self.name, (-1, now_s))
        return expires_ms if now_s - since_s >= SEEN_UNCHANGED * self.ttl_s else -1

    def _look_at_another(self, connection: Connection) -> None:
        expires_ms = connection.scalars(select(_LEASES.c.expires_ms).where(_LEASES.c.name == self.name)).one()
        if expires_ms != self._seen.get(self.name, (-1,))[0]:  # a renewal tells another time
            self._seen[self.name] = expires_ms, self._monotonic()

    def holder_now(self) -> str | None:
        """Who holds it now, as *machine/process/…*; ``None`` if nobody does."""
        with self._connections.look() as connection:
            held = select(_LEASES.c.holder).where(_LEASES.c.name == self.name)
            found: str | None = connection.scalar(held.where(_LEASES.c.expires_ms > self._now(connection)))
            return found

    def release(self) -> None:
        """Let the next one have it at once; nothing happens if it is not ours any more."""
        self._good_until_s = float("-inf")
        with self._connections.transaction("release a lease") as connection:
            ours = {"name": self.name, "holder": self.holder, "epoch": self.epoch}
            statement = (
                "UPDATE vcenter_leases SET expires_ms = 0 WHERE name = :name AND holder = :holder AND epoch = :epoch"
            )
            connection.execute(text(statement), ours)

    def abandon(self) -> None:
        """Forget it without giving it back, as a process does that dies: it has to run out."""
        self.epoch, self._good_until_s = -1, float("-inf")

    def require(self, connection: Connection) -> None:
        """Within a transaction: it is ours, and stays so until the transaction ends. Raises ``LeaseLost``."""
        held = (
            select(_LEASES.c.epoch)
            .where(_LEASES.c.name == self.name, _LEASES.c.holder == self.holder, _LEASES.c.epoch == self.epoch)
            .where(_LEASES.c.expires_ms > self._now(connection))
            .with_for_update(read=True)
        )
        if not self.is_ours or connection.scalar(held) is None:
            raise LeaseLost(f"the lease {self.name!r} is no longer ours: another process acts now, nothing was sent")

    def require_now(self) -> None:
        """It is ours, by our own clock and by the row. Raises ``LeaseLost``.

        The clock of a process whose machine was suspended stood still as well: then only the row tells.
        """
        with self._connections.look() as connection:
            self.require(connection)

    def _now(self, connection: Connection) -> ColumnElement[int]:
        return database_now(connection, self._now_ms)

    def _now_text(self, connection: Connection) -> str:
        return _NOW_MS[connection.dialect.name] if self._now_ms is None else str(self._now_ms())


def database_now(connection: Connection, now_ms: Milliseconds | None) -> ColumnElement[int]:
    """The database's clock in milliseconds, or what stands for it in a simulation."""
    if now_ms is not None:
        return literal(now_ms(), BigInteger)
    return cast(literal_column(_NOW_MS[connection.dialect.name]), BigInteger)
