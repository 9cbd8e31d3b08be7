"""Approvals: a person releases exactly one plan, by its SHA-256."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from recommender.journal.audit_chain import append
from recommender.journal.connections import Connections
from recommender.journal.tables import approvals


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """``approver`` released plan ``plan_id``, which ``author`` had made; ``at`` is aware UTC."""

    plan_id: str
    approver: str
    author: str
    at: datetime


class Approvals:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def give(self, approval: Approval) -> None:
        """Write it down; who approves a second time changes nothing."""
        if any(earlier.approver == approval.approver for earlier in self.of(approval.plan_id)):
            return
        with self._connections.transaction("record an approval") as connection:
            values = {"plan_id": approval.plan_id, "approver": approval.approver}
            connection.execute(insert(approvals).values(values | {"author": approval.author, "at": approval.at}))
            told = {"plan": approval.plan_id, "author": approval.author}
            append(connection, approval.at, "approval", approval.approver, told)

    def of(self, plan_id: str) -> tuple[Approval, ...]:
        """All approvals of a plan, oldest first."""
        with self._connections.look() as connection:
            query = select(approvals).where(approvals.c.plan_id == plan_id).order_by(approvals.c.at)
            return tuple(Approval(**row) for row in connection.execute(query).mappings())
