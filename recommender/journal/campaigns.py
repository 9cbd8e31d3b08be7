"""Campaigns in the journal: rolling maintenances with the turns of their hosts, migrations of whole data centres."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from recommender.actuation.turn import FORMER_TURNS, Turn, TurnState
from recommender.errors import AmbiguousName, JournalError, UnknownName
from recommender.inventory.reference import EntityRef
from recommender.journal.audit_chain import append
from recommender.journal.campaign_tables import campaign_hosts, campaigns
from recommender.journal.connections import Connections


class CampaignKind(StrEnum):
    """What it does, and what ``Campaign.asked`` is."""

    ROLLING = "rolling"
    DATACENTER = "datacenter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """``asked``: the question as JSON values, with which it goes on after a restart. Times are aware UTC."""

    id: str
    name: str
    asked: Mapping[str, Any]
    author: str
    begun_at: datetime
    ended_at: datetime | None
    detail: str
    kind: CampaignKind = CampaignKind.ROLLING


class Campaigns:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(
        self,
        campaign_id: str,
        name: str,
        asked: Mapping[str, Any],
        hosts: Sequence[EntityRef],
        *,
        author: str,
        at: datetime,
        state: TurnState = TurnState.WAITING,
        kind: CampaignKind = CampaignKind.ROLLING,
    ) -> None:
        """Write down that it begins, with every host (or datastore) that has a turn waiting, or as far as ``state``."""
        values = {"id": campaign_id, "name": name, "asked": json.dumps(asked), "author": author, "begun_at": at}
        values["kind"] = kind.value
        rows = [{"campaign_id": campaign_id, "host": host, "state": state.value} for host in hosts]
        with self._connections.transaction("record that a campaign begins") as connection:
            connection.execute(insert(campaigns).values(values))
            if rows:
                connection.execute(insert(campaign_hosts), rows)
            told = {"campaign": campaign_id, "hosts": ", ".join(map(str, hosts))}
            append(connection, at, "campaign begins", author, told)

    def turn(
        self,
        campaign_id: str,
        host: EntityRef,
        state: TurnState,
        at: datetime,
        *,
        wave: int | None = None,
        plan_id: str | None = None,
        detail: str = "",
    ) -> None:
        """A host's turn has come this far. Raises ``JournalError`` where it may not go there."""
        change: dict[str, Any] = {"state": state.value, "changed_at": at, "detail": detail}
        change |= {key: value for key, value in (("wave", wave), ("plan_id", plan_id)) if value is not None}
        former = [before.value for before in FORMER_TURNS[state]]
        this = (campaign_hosts.c.campaign_id == campaign_id, campaign_hosts.c.host == host)
        with self._connections.transaction("record a host's turn") as connection:
            may = update(campaign_hosts).where(*this, campaign_hosts.c.state.in_(former))
            if connection.execute(may.values(change)).rowcount != 1:
                raise JournalError(f"the turn of {host} in {campaign_id[:12]} cannot become {state.value}")
            told = {"campaign": campaign_id, "host": str(host), "state": state.value, "detail": detail}
            append(connection, at, "turn", "", told)

    def end(self, campaign_id: str, at: datetime, detail: str) -> None:
        """Nothing more is done for it. Ending it again changes nothing."""
        with self._connections.transaction("record that a campaign ends") as connection:
            still_open = update(campaigns).where(campaigns.c.id == campaign_id, campaigns.c.ended_at.is_(None))
            if connection.execute(still_open.values(ended_at=at, detail=detail)).rowcount:
                append(connection, at, "campaign ends", "", {"campaign": campaign_id, "detail": detail})

    def turns(self, campaign_id: str) -> tuple[Turn, ...]:
        """Every host's turn, sorted by reference."""
        query = select(campaign_hosts).where(campaign_hosts.c.campaign_id == campaign_id)
        with self._connections.look() as connection:
            rows = connection.execute(query.order_by(campaign_hosts.c.host)).all()
        return tuple(
            Turn(
                host=row.host,
                state=TurnState(row.state),
                wave=row.wave,
                plan_id=row.plan_id,
                detail=row.detail or "",
                changed_at=row.changed_at,
            )
            for row in rows
        )

    def find(self, start: str, kind: CampaignKind = CampaignKind.ROLLING) -> Campaign:
        """The one whose id starts so. Raises ``UnknownName`` for none, ``AmbiguousName`` for several."""
        found = [one for one in self.last(1000, kind) if one.id.startswith(start)]
        what = "rolling maintenance" if kind is CampaignKind.ROLLING else "campaign"
        if not found:
            raise UnknownName(what, start)
        if len(found) > 1:
            raise AmbiguousName(what, start, [one.id for one in found])
        return found[0]

    def open(self, name: str | None = None, kind: CampaignKind = CampaignKind.ROLLING) -> tuple[Campaign, ...]:
        """Those that have not ended, oldest first; of one name if it is given."""
        return tuple(
            one for one in reversed(self.last(1000, kind)) if one.ended_at is None and name in (None, one.name)
        )

    def last(self, limit: int, kind: CampaignKind = CampaignKind.ROLLING) -> tuple[Campaign, ...]:
        """The ``limit`` newest, newest first."""
        query = select(campaigns).where(campaigns.c.kind == kind.value)
        query = query.order_by(campaigns.c.begun_at.desc(), campaigns.c.id).limit(limit)
        with self._connections.look() as connection:
            return tuple(
                Campaign(
                    id=row.id,
                    name=row.name,
                    asked=json.loads(row.asked),
                    author=row.author,
                    begun_at=row.begun_at,
                    ended_at=row.ended_at,
                    detail=row.detail or "",
                    kind=kind,
                )
                for row in connection.execute(query)
            )
