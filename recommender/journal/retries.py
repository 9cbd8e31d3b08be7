"""Migrations that failed, and the plans that try them again elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select

from recommender.inventory.failed_move import FailedMove, Retry
from recommender.journal.connections import Connections
from recommender.journal.tables import retries, steps
from recommender.ports import StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """``number`` counts from 1, the plan that was tried first; ``of_plan`` is that plan's id."""

    of_plan: str
    number: int


class Retries:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(self, plan_id: str, of_plan: str, attempt: int) -> None:
        """``plan_id``, which is about to be carried out, tries again what ``of_plan`` failed at."""
        with self._connections.transaction("record a retry") as connection:
            connection.execute(insert(retries).values(plan_id=plan_id, of_plan=of_plan, attempt=attempt))

    def attempts(self) -> Mapping[str, Attempt]:
        """Of every plan that tries again, by its id."""
        with self._connections.look() as connection:
            found = connection.execute(select(retries)).all()
        return {row.plan_id: Attempt(of_plan=row.of_plan, number=row.attempt) for row in found}

    def failed_since(self, since: datetime) -> tuple[FailedMove, ...]:
        """Migrations of ours that failed since then, or that vCenter's own check refused, oldest first."""
        query = (
            select(steps)
            .where(steps.c.ended_at >= since, or_(steps.c.state == StepState.FAILED.value, steps.c.retry.is_not(None)))
            .order_by(steps.c.ended_at, steps.c.plan_id, steps.c.number)
        )
        with self._connections.look() as connection:
            rows = connection.execute(query).all()
        return tuple(
            FailedMove(
                instance_uuid=row.instance_uuid,
                destination=row.destination,
                ended_at=row.ended_at,
                detail=row.detail or "",
                is_proven=row.retry is not None,
                passes=row.retry == Retry.ANYWHERE.value,
            )
            for row in rows
        )
