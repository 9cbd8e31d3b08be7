"""Recommendations and their lives: each move that was recommended, for how many rounds, and what became of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from recommender.errors import JournalError
from recommender.inventory.reference import EntityRef
from recommender.journal.audit_chain import append
from recommender.journal.connections import Connections
from recommender.journal.tables import recommendations
from recommender.placement.result import Move

_MOVE: Final = TypeAdapter(Move)


class RecommendationState(StrEnum):
    """A recommendation's life: open, then one of the others for ever."""

    OPEN = "open"
    SUPERSEDED = "superseded"  # a later decision no longer wants it
    EXPIRED = "expired"  # no decision has confirmed it for too long
    APPLIED = "applied"  # it became part of a plan that was begun
    REJECTED = "rejected"  # a person does not want it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One move of one VM (known by ``instance_uuid``), recommended ``rounds`` times in a row. Times are aware UTC."""

    id: int
    instance_uuid: str
    move: Move
    first_at: datetime
    last_at: datetime
    rounds: int
    state: RecommendationState
    ended_at: datetime | None
    ended_by: str | None
    detail: str | None


class Recommendations:
    """Every method raises ``JournalError``. A recommendation is the same while VM and destination are."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def renew(
        self,
        moves: Iterable[tuple[Move, str]],
        at: datetime,
        life: timedelta,
        concerns: Callable[[EntityRef], bool] = lambda _: True,
    ) -> dict[tuple[str, EntityRef], Recommendation]:
        """A decision wants exactly these moves, each with its VM's instance UUID.

        What stood before and is not among them is superseded, where ``concerns`` says of its destination that the
        decision was about it; what was not confirmed for ``life`` has expired and
        counts from one again. The answer holds all that are open now, by instance UUID and destination.
        """
        wanted = {(uuid, move.destination): move for move, uuid in moves}
        with self._connections.transaction("record recommendations") as connection:
            _expire(connection, at, life)
            standing = {_key(row): row for row in _rows(connection, RecommendationState.OPEN)}
            for key, row in standing.items():
                if key not in wanted and concerns(row.destination):
                    _end(connection, [row.id], RecommendationState.SUPERSEDED, at, "", "a later decision differs")
            for key, move in wanted.items():
                if key in standing:
                    change = {"last_at": at, "rounds": standing[key].rounds + 1, "move": _text(move)}
                    this = recommendations.c.id == standing[key].id
                    connection.execute(update(recommendations).where(this).values(change))
                else:
                    _insert(connection, move, key[0], at)
            return {_key(row): _recommendation(row) for row in _rows(connection, RecommendationState.OPEN)}

    def end(self, ids: Sequence[int], state: RecommendationState, *, by: str, at: datetime, detail: str = "") -> None:
        """They were applied or rejected. Raises ``JournalError`` for one that is not open."""
        with self._connections.transaction("record what became of recommendations") as connection:
            if _end(connection, ids, state, at, by, detail) != len(set(ids)):
                raise JournalError(f"not all of these recommendations are open: {', '.join(map(str, ids))}")
            told = {"recommendations": ", ".join(map(str, ids)), "detail": detail}
            append(connection, at, state.value, by, told)

    def expire(self, at: datetime, life: timedelta) -> None:
        """End what no decision has confirmed for ``life``."""
        with self._connections.transaction("record what became of recommendations") as connection:
            _expire(connection, at, life)

    def open(self) -> tuple[Recommendation, ...]:
        """All that stand, oldest first."""
        with self._connections.look() as connection:
            return tuple(_recommendation(row) for row in _rows(connection, RecommendationState.OPEN))

    def last(self, limit: int) -> tuple[Recommendation, ...]:
        """The ``limit`` newest in any state, newest first."""
        with self._connections.look() as connection:
            query = select(recommendations).order_by(recommendations.c.id.desc()).limit(limit)
            return tuple(_recommendation(row) for row in connection.execute(query))

    def since(self, since: datetime) -> tuple[Recommendation, ...]:
        """All that were made first at or after ``since``, oldest first."""
        with self._connections.look() as connection:
            query = select(recommendations).where(recommendations.c.first_at >= since).order_by(recommendations.c.id)
            return tuple(_recommendation(row) for row in connection.execute(query))

    def rejected_since(self, since: datetime) -> frozenset[tuple[str, EntityRef]]:
        """What people did not want, by instance UUID and destination."""
        ended = recommendations.c.ended_at >= since
        with self._connections.look() as connection:
            return frozenset(_key(row) for row in _rows(connection, RecommendationState.REJECTED, ended))


def _rows(connection: Connection, state: RecommendationState, *further: Any) -> Sequence[Any]:
    query = select(recommendations).where(recommendations.c.state == state.value, *further)
    return connection.execute(query.order_by(recommendations.c.id)).all()


def _expire(connection: Connection, at: datetime, life: timedelta) -> None:
    old = [row.id for row in _rows(connection, RecommendationState.OPEN, recommendations.c.last_at < at - life)]
    _end(connection, old, RecommendationState.EXPIRED, at, "", f"not confirmed for {life}")


def _end(
    connection: Connection, ids: Sequence[int], state: RecommendationState, at: datetime, by: str, detail: str
) -> int:
    if not ids:
        return 0
    still_open = (recommendations.c.id.in_(ids), recommendations.c.state == RecommendationState.OPEN.value)
    change = {"state": state.value, "ended_at": at, "ended_by": by, "detail": detail}
    return connection.execute(update(recommendations).where(*still_open).values(change)).rowcount


def _insert(connection: Connection, move: Move, instance_uuid: str, at: datetime) -> None:
    values = {"vm": move.vm, "instance_uuid": instance_uuid, "source": move.source, "destination": move.destination}
    values |= {"move": _text(move), "first_at": at, "last_at": at, "rounds": 1}
    connection.execute(insert(recommendations).values(values | {"state": RecommendationState.OPEN.value}))


def _recommendation(row: Any) -> Recommendation:
    return Recommendation(
        id=row.id,
        instance_uuid=row.instance_uuid,
        move=_MOVE.validate_json(row.move),
        first_at=row.first_at,
        last_at=row.last_at,
        rounds=row.rounds,
        state=RecommendationState(row.state),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        detail=row.detail,
    )


def _key(row: Any) -> tuple[str, EntityRef]:
    return row.instance_uuid, row.destination


def _text(move: Move) -> str:
    return _MOVE.dump_json(move).decode()
