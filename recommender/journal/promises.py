"""When a campaign as a whole is to be over: as it was planned when it began, and as it is expected now."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from recommender.journal.audit_chain import append
from recommender.journal.campaign_tables import campaign_promises
from recommender.journal.connections import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRecord:
    """Both as JSON values, whose form belongs to whoever keeps them."""

    planned: Mapping[str, Any]
    expected: Mapping[str, Any]


class Promises:
    """Every method raises ``JournalError``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(self, campaign_id: str, planned: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        """Write down what is promised when it begins, once."""
        values = {"campaign_id": campaign_id, "planned": json.dumps(planned), "expected": json.dumps(expected)}
        with self._connections.transaction("record what is promised") as connection:
            connection.execute(insert(campaign_promises).values(values))

    def expect(self, campaign_id: str, expected: Mapping[str, Any], at: datetime, told: str = "") -> None:
        """What is expected now. ``told``: what people were told of the change, which the audit keeps."""
        this = campaign_promises.c.campaign_id == campaign_id
        with self._connections.transaction("record what is expected") as connection:
            connection.execute(update(campaign_promises).where(this).values(expected=json.dumps(expected)))
            if told:
                append(connection, at, "promise", "", {"campaign": campaign_id, "detail": told})

    def of(self, campaign_id: str) -> PromiseRecord | None:
        """``None`` where nothing was promised of the whole."""
        return self.all([campaign_id]).get(campaign_id)

    def all(self, campaign_ids: Collection[str]) -> dict[str, PromiseRecord]:
        """Of those of these campaigns of which something was promised."""
        query = select(campaign_promises).where(campaign_promises.c.campaign_id.in_(campaign_ids))
        with self._connections.look() as connection:
            return {
                row.campaign_id: PromiseRecord(planned=json.loads(row.planned), expected=json.loads(row.expected))
                for row in connection.execute(query)
            }
