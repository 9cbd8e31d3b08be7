"""What the service asks of a journal beyond what carrying out a plan asks."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from recommender.ports import Journal


class ServiceJournal(Journal, Protocol):
    """Every method raises ``JournalError``."""

    def acting(self) -> AbstractContextManager[None]:
        """Within, no other process carries out a plan with this journal; raises at once where another does."""

    def has_plan(self, plan_id: str) -> bool:
        """Whether this plan was begun before, so that it can never be begun again."""

    def claim_occurrence(self, job: str, due_at: datetime, at: datetime, by: str = "") -> bool:
        """Whether this call, of all in all processes, is the first for this job at this time: it alone may act."""

    def record_cycle(self, at: datetime, kind: str, status: str, detail: str) -> None:
        """What kind of work was done at ``at``, how it went, and a line about it."""
