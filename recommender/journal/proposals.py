"""Proposals: plans of the service and batches of campaigns, carried out once somebody has approved them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from recommender.journal.audit_chain import append
from recommender.journal.connections import Connections
from recommender.journal.plan_file import SavedPlan, parse_plan, plan_id, plan_text
from recommender.journal.tables import plans, proposals


class ProposalState(StrEnum):
    """A proposal's life: open, then one of the others for ever."""

    OPEN = "open"
    SUPERSEDED = "superseded"  # its author wants another plan now
    BEGUN = "begun"  # it is being carried out, or was


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that waits; times are aware UTC. After ``expires_at`` it is not carried out any more.

    ``campaign_id``: whose batch it is, ``None`` for a plan of the service that belongs to no campaign.
    """

    plan_id: str
    saved: SavedPlan
    proposed_at: datetime
    expires_at: datetime
    campaign_id: str | None = None


class Proposals:
    """Every method raises ``JournalError``.

    Each campaign has one open proposal at most, and so has each author in a vCenter beside campaigns.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def make(self, saved: SavedPlan, at: datetime, expires_at: datetime, campaign_id: str | None = None) -> str:
        """Write it down, in place of what its campaign, or else its author, proposed before; its id."""
        number = plan_id(saved)
        if campaign_id is None:
            former = [found.plan_id for found in self._all_of(saved.author, at, _vcenters(saved))]
        else:
            former = [found.plan_id for found in self.open(at) if found.campaign_id == campaign_id]
        with self._connections.transaction("record a proposal") as connection:
            _end(connection, proposals.c.plan_id.in_(former), ProposalState.SUPERSEDED, at)
            values: dict[str, Any] = {"plan_id": number, "document": plan_text(saved), "author": saved.author}
            values |= {"proposed_at": at, "expires_at": expires_at, "state": ProposalState.OPEN.value}
            values["campaign_id"] = campaign_id
            connection.execute(insert(proposals).values(values))
            append(connection, at, "proposal", saved.author, {"plan": number, "moves": len(saved.plan.steps)})
        return number

    def end(self, number: str, state: ProposalState, at: datetime) -> None:
        """It waits no more; nothing happens to one that does not."""
        with self._connections.transaction("record what became of a proposal") as connection:
            _end(connection, proposals.c.plan_id == number, state, at)

    def of(self, author: str, at: datetime, vcenters: Collection[str]) -> Proposal | None:
        """What this author proposes at that time in these vCenters, beside campaigns."""
        return next(iter(self._all_of(author, at, vcenters)), None)

    def of_campaign(self, campaign_id: str, at: datetime) -> Proposal | None:
        """The batch that this campaign proposes at that time."""
        return next((found for found in self.open(at) if found.campaign_id == campaign_id), None)

    def _all_of(self, author: str, at: datetime, vcenters: Collection[str]) -> list[Proposal]:
        ours = [found for found in self.open(at) if found.saved.author == author and found.campaign_id is None]
        return [found for found in ours if not _vcenters(found.saved).isdisjoint(vcenters)]

    def open(self, at: datetime) -> tuple[Proposal, ...]:
        """All that wait at that time, were not begun and have not expired, oldest first."""
        begun = select(plans.c.id)
        waiting = (
            proposals.c.state == ProposalState.OPEN.value,
            proposals.c.expires_at > at,
            proposals.c.plan_id.not_in(begun),
        )
        with self._connections.look() as connection:
            query = select(proposals).where(*waiting).order_by(proposals.c.proposed_at, proposals.c.plan_id)
            return tuple(
                Proposal(
                    plan_id=row.plan_id,
                    saved=parse_plan(row.document, f"proposal {row.plan_id[:12]}"),
                    proposed_at=row.proposed_at,
                    expires_at=row.expires_at,
                    campaign_id=row.campaign_id,
                )
                for row in connection.execute(query)
            )


def _vcenters(saved: SavedPlan) -> set[str]:
    return {step.move.destination.vcenter for step in saved.plan.steps} | {host.vcenter for host in saved.evacuate}


def _end(connection: Connection, which: Any, state: ProposalState, at: datetime) -> None:
    still_open = update(proposals).where(which, proposals.c.state == ProposalState.OPEN.value)
    connection.execute(still_open.values(state=state.value, ended_at=at))
