"""Migrations that were done, for people who ask what has happened."""

from datetime import datetime

from sqlalchemy import select

from recommender.journal.connections import Connections
from recommender.journal.history import step_values
from recommender.journal.records import DoneStep, StepRecord
from recommender.journal.tables import plans, steps
from recommender.ports import StepState


class DoneSteps:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def since(self, since: datetime) -> tuple[DoneStep, ...]:
        """Those that ended at or after ``since``, oldest first."""
        query = (
            select(steps, plans.c.author)
            .join(plans, plans.c.id == steps.c.plan_id)
            .where(steps.c.state == StepState.DONE.value, steps.c.ended_at >= since)
            .order_by(steps.c.ended_at, steps.c.plan_id, steps.c.number)
        )
        with self._connections.look() as connection:
            return tuple(
                DoneStep(step=StepRecord(**step_values(row)), author=row["author"])
                for row in connection.execute(query).mappings()
            )
