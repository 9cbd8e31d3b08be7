"""Batches of campaigns in the journal: which plans moved what, so that another process can go on, or go back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from recommender.journal.audit_chain import append
from recommender.journal.campaign_tables import campaign_batches
from recommender.journal.connections import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecord:
    """One plan of a campaign. ``number`` counts from 1; what was tried again after failures has that of its batch.

    ``ended_at`` is ``None`` while it runs, or where its process was cut off. Times are aware UTC.
    """

    number: int
    plan_id: str
    begun_at: datetime
    ended_at: datetime | None
    detail: str


class Batches:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def next_number(self, campaign_id: str) -> int:
        """Of the batch that comes next."""
        query = select(func.max(campaign_batches.c.number)).where(campaign_batches.c.campaign_id == campaign_id)
        with self._connections.look() as connection:
            return 1 + (connection.execute(query).scalar() or 0)

    def begin(self, campaign_id: str, number: int, plan_id: str, at: datetime) -> None:
        """Write down that this plan is about to be carried out."""
        values = {"campaign_id": campaign_id, "number": number, "plan_id": plan_id, "begun_at": at}
        with self._connections.transaction("record that a batch begins") as connection:
            connection.execute(insert(campaign_batches).values(values))
            append(connection, at, "batch begins", "", {"campaign": campaign_id, "number": number, "plan": plan_id})

    def end(self, campaign_id: str, plan_id: str, at: datetime, detail: str) -> None:
        """Nothing more of it is sent. Ending it again changes nothing."""
        this = (campaign_batches.c.campaign_id == campaign_id, campaign_batches.c.plan_id == plan_id)
        with self._connections.transaction("record that a batch ends") as connection:
            still_open = update(campaign_batches).where(*this, campaign_batches.c.ended_at.is_(None))
            if connection.execute(still_open.values(ended_at=at, detail=detail)).rowcount:
                append(connection, at, "batch ends", "", {"campaign": campaign_id, "plan": plan_id, "detail": detail})

    def of(self, campaign_id: str) -> tuple[BatchRecord, ...]:
        """All of a campaign's, in the order in which they began."""
        query = select(campaign_batches).where(campaign_batches.c.campaign_id == campaign_id)
        with self._connections.look() as connection:
            rows = connection.execute(query.order_by(campaign_batches.c.begun_at, campaign_batches.c.number)).all()
        return tuple(
            BatchRecord(
                number=row.number,
                plan_id=row.plan_id,
                begun_at=row.begun_at,
                ended_at=row.ended_at,
                detail=row.detail or "",
            )
            for row in rows
        )
