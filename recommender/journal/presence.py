"""Which processes of the service are there, and where each could lead: rows that run out like leases.

Unlike a lease such a row permits nothing. It tells processes with one configuration how to share what there is to lead,
and it keeps two territories from calling different schedules by one name.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from recommender.journal.connections import Connections
from recommender.journal.lease import DEFAULT_TTL_S, Milliseconds, database_now
from recommender.journal.tables import leases, presence

CANDIDATE: Final = "candidate "
SCHEDULE: Final = "schedule "
LEADER: Final = "leader"


@dataclass(frozen=True, slots=True)
class Picture:
    """``candidates`` by territory, and how many leases each process leads with."""

    candidates: Mapping[str, frozenset[str]] = field(default_factory=dict)
    leads: Mapping[str, int] = field(default_factory=dict)


class Presence:
    """Every method raises ``JournalError``. A ``holder`` is a process, by the name that it has in its leases."""

    def __init__(
        self, connections: Connections, *, ttl_s: float = DEFAULT_TTL_S, now_ms: Milliseconds | None = None
    ) -> None:
        self._connections, self._ttl_ms, self._now_ms = connections, round(1000 * ttl_s), now_ms

    def show(self, holder: str, territories: Collection[str]) -> None:
        """Tell that this process is there and could lead in each of these."""
        with self._connections.transaction("record who is there") as connection:
            is_over = presence.c.expires_ms <= database_now(connection, self._now_ms)
            connection.execute(delete(presence).where(is_over))
            for territory in sorted(territories):
                self._keep(connection, f"{CANDIDATE}{territory} {holder}", holder, self._ttl_ms)

    def picture(self) -> Picture:
        """Who is there now.

        What runs out later than anybody can have said just now was said before the database's clock was set back: who
        lives says it again soon.
        """
        with self._connections.look() as connection:
            now = database_now(connection, self._now_ms)
            is_there = presence.c.expires_ms.between(now + 1, now + self._ttl_ms)
            there = connection.execute(select(presence.c.name, presence.c.holder).where(is_there))
            candidates: dict[str, set[str]] = defaultdict(set)
            for name, holder in there:
                if name.startswith(CANDIDATE):
                    candidates[name.removeprefix(CANDIDATE).removesuffix(f" {holder}")].add(holder)
            is_held = leases.c.expires_ms.between(now + 1, now + self._ttl_ms)
            held = connection.execute(select(leases.c.name, leases.c.holder).where(is_held))
            leads = Counter(holder for name, holder in held if name.split()[0] == LEADER)
        return Picture({name: frozenset(found) for name, found in candidates.items()}, leads)

    def take_names(self, names: Collection[str], territory: str, for_s: float) -> frozenset[str]:
        """Which of these names are those of this territory's schedules, for so long; another has the rest."""
        with self._connections.transaction("record who has which schedule") as connection:
            return frozenset(
                name
                for name in sorted(names)
                if self._keep(connection, f"{SCHEDULE}{name}", territory, round(1000 * for_s))
            )

    def withdraw(self, holder: str) -> None:
        """Tell that this process is no longer there."""
        with self._connections.transaction("record who is there") as connection:
            connection.execute(delete(presence).where(presence.c.holder == holder))

    def _keep(self, connection: Connection, name: str, holder: str, for_ms: int) -> bool:
        """Whether the row is the holder's now: it was, or it had run out."""
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        now = database_now(connection, self._now_ms)
        row = insert(presence).values(name=name, holder=holder, expires_ms=now + for_ms)
        kept = row.on_conflict_do_update(
            index_elements=[presence.c.name],
            set_={"holder": row.excluded.holder, "expires_ms": row.excluded.expires_ms},
            where=or_(presence.c.holder == holder, presence.c.expires_ms <= now),
        )
        return connection.scalar(kept.returning(presence.c.name)) is not None
