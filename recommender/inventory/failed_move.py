"""A migration of ours that failed, as the journal tells it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recommender.inventory.reference import EntityRef


class Retry(StrEnum):
    """Where a migration that failed may be tried again: it is proven that it ended, or never began."""

    ELSEWHERE = "elsewhere"  # what vCenter said will repeat
    ANYWHERE = "anywhere"  # what vCenter said passes by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMove:
    """``ended_at`` is aware UTC. ``is_proven``: it surely ended, or never began; only then is the VM tried again.

    ``passes``: what vCenter said passes by itself, so that the same destination may be tried again.
    """

    instance_uuid: str
    destination: EntityRef
    ended_at: datetime
    detail: str
    is_proven: bool
    passes: bool
