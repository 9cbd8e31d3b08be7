"""Migrations that somebody else made, DRS or a person, and whether we would have made them as well."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from recommender.inventory.reference import EntityRef
from recommender.journal.connections import Connections
from recommender.journal.tables import foreign_moves


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignMove:
    """Seen ``at``; ``recommended`` is the host to which we wanted it then, ``None`` if we did not want it to move."""

    at: datetime
    vm: EntityRef
    instance_uuid: str
    source: EntityRef
    destination: EntityRef
    recommended: str | None


class ForeignMoves:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, moves: Iterable[ForeignMove]) -> None:
        """They were seen."""
        rows = [
            {
                "at": move.at,
                "vm": move.vm,
                "instance_uuid": move.instance_uuid,
                "source": move.source,
                "destination": move.destination,
                "recommended": move.recommended,
            }
            for move in moves
        ]
        if rows:
            with self._connections.transaction("record migrations of others") as connection:
                connection.execute(insert(foreign_moves), rows)

    def since(self, since: datetime) -> tuple[ForeignMove, ...]:
        """All that were seen since then, oldest first."""
        columns = [column for column in foreign_moves.c if column.name != "id"]
        query = select(*columns).where(foreign_moves.c.at >= since).order_by(foreign_moves.c.id)
        with self._connections.look() as connection:
            return tuple(ForeignMove(**row) for row in connection.execute(query).mappings())
