"""What the service's plans promised, and how much the load really improved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from recommender.inventory.reference import EntityRef
from recommender.journal.connections import Connections
from recommender.journal.tables import gains, steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """In objective units: the cost ``before`` the plan, what its moves ``promised``, the cost ``measured`` after it."""

    plan_id: str
    at: datetime
    before: float
    promised: float
    measured_at: datetime | None
    measured: float | None

    @property
    def share(self) -> float | None:
        """How much of the promise came true: 1 for all of it, below 0 where it became worse; ``None`` so far."""
        return None if self.measured is None else (self.before - self.measured) / self.promised


class Gains:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def promise(self, plan_id: str, at: datetime, *, before: float, promised: float) -> None:
        """A plan is over whose moves promised something (more than 0)."""
        values = {"plan_id": plan_id, "at": at, "before": before, "promised": promised}
        with self._connections.transaction("record a gain") as connection:
            connection.execute(insert(gains).values(values))

    def measure(
        self,
        until: datetime,
        at: datetime,
        measured: float,
        concerns: Callable[[EntityRef], bool] = lambda _: True,
    ) -> int:
        """The cost is ``measured`` now, for every plan that was over before ``until``; how many these were.

        Without those that brought a VM to a host of which ``concerns`` says no.
        """
        due = (gains.c.measured.is_(None), gains.c.at <= until)
        places = select(steps.c.plan_id, steps.c.destination).join(gains, gains.c.plan_id == steps.c.plan_id)
        with self._connections.transaction("record a gain") as connection:
            rows = connection.execute(places.where(*due).distinct()).all()
            others = {row.plan_id for row in rows if not concerns(row.destination)}
            mine = update(gains).where(*due, gains.c.plan_id.not_in(others))
            return connection.execute(mine.values(measured=measured, measured_at=at)).rowcount

    def last(self, limit: int) -> tuple[Gain, ...]:
        """The ``limit`` last, latest first."""
        with self._connections.look() as connection:
            query = select(gains).order_by(gains.c.at.desc(), gains.c.plan_id).limit(limit)
            return tuple(Gain(**row) for row in connection.execute(query).mappings())
