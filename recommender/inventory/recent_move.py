"""A finished migration of the past, as the journal remembers it."""

from dataclasses import dataclass
from datetime import datetime

from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentMove:
    """VM ``instance_uuid`` went from ``source`` to ``destination`` and arrived at ``ended_at`` (aware UTC)."""

    __pydantic_config__ = {"extra": "forbid"}

    instance_uuid: str
    source: EntityRef
    destination: EntityRef
    ended_at: datetime
