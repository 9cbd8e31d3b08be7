"""Orders of people to every process that acts: rows that are asked for in the transaction of each intent."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select

from recommender.errors import HeldBack
from recommender.journal.audit_chain import append
from recommender.journal.connections import Connections
from recommender.journal.tables import orders, plans
from recommender.ports import Order, OrderKind

_OF_ALL: Final = (OrderKind.PAUSE.value, OrderKind.RESUME.value)
_OF_BRAKE: Final = (OrderKind.BRAKE.value, OrderKind.RELEASE.value, OrderKind.RESUME.value)


class Orders:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def give(self, order: Order) -> None:
        """From now on it is obeyed."""
        with self._connections.transaction("record an order") as connection:
            values = {"at": order.at, "kind": order.kind.value, "plan_id": order.plan_id}
            connection.execute(insert(orders).values(values | {"author": order.author, "reason": order.reason}))
            append(
                connection, order.at, order.kind.value, order.author, {"plan": order.plan_id, "reason": order.reason}
            )

    def pause(self) -> Order | None:
        """The pause that stands; ``None`` if there is none."""
        with self._connections.look() as connection:
            return _pause(connection)

    def brake(self) -> Order | None:
        """The brake that the service has put on itself and nobody has released."""
        with self._connections.look() as connection:
            last = _last(connection, orders.c.kind.in_(_OF_BRAKE))
        return last if last is not None and last.kind is OrderKind.BRAKE else None

    def released_at(self) -> datetime | None:
        """When a brake was last released, by the service or by a person's *resume*."""
        with self._connections.look() as connection:
            last = _last(connection, orders.c.kind.in_((OrderKind.RELEASE.value, OrderKind.RESUME.value)))
        return None if last is None else last.at

    def standing(self, plan_id: str) -> Order | None:
        """What keeps a plan from starting anything, a cancellation before a pause."""
        with self._connections.look() as connection:
            return standing_order(connection, plan_id)


def standing_order(connection: Connection, plan_id: str) -> Order | None:
    """As ``Orders.standing``, within a transaction."""
    begun_at: datetime | None = connection.scalar(select(plans.c.begun_at).where(plans.c.id == plan_id))
    meant: ColumnElement[bool] = orders.c.plan_id == plan_id
    if begun_at is not None:
        meant = or_(meant, and_(orders.c.plan_id.is_(None), orders.c.at >= begun_at))
    cancelled = _last(connection, and_(orders.c.kind == OrderKind.CANCEL.value, meant))
    return cancelled or _pause(connection)


def require_no_order(connection: Connection, plan_id: str) -> None:
    """Raises ``HeldBack`` while an order keeps the plan from starting anything."""
    order = standing_order(connection, plan_id)
    if order is not None:
        raise HeldBack(f"nothing is started: {order}")


def _pause(connection: Connection) -> Order | None:
    last = _last(connection, orders.c.kind.in_(_OF_ALL))
    return last if last is not None and last.kind is OrderKind.PAUSE else None


def _last(connection: Connection, which: ColumnElement[bool]) -> Order | None:
    row = connection.execute(select(orders).where(which).order_by(orders.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return Order(kind=OrderKind(row.kind), author=row.author, reason=row.reason, at=row.at, plan_id=row.plan_id)
