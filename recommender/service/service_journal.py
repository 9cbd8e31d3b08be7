"""What the service asks of a journal beyond what carrying out a plan asks."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from recommender.journal.approvals import Approvals
from recommender.journal.audit_chain import AuditChain
from recommender.journal.batches import Batches
from recommender.journal.campaigns import Campaigns
from recommender.journal.entity_names import EntityNames
from recommender.journal.finished_migrations import FinishedMigrations
from recommender.journal.foreign_moves import ForeignMoves
from recommender.journal.gains import Gains
from recommender.journal.hourly_loads import HourlyLoads
from recommender.journal.lease import Lease
from recommender.journal.occurrences import Occurrences
from recommender.journal.orders import Orders
from recommender.journal.presence import Presence
from recommender.journal.progress import Progress
from recommender.journal.promises import Promises
from recommender.journal.proposals import Proposals
from recommender.journal.recommendations import Recommendations
from recommender.journal.retries import Retries
from recommender.ports import Journal, StepState


class ServiceJournal(Journal, Protocol):
    """Every method raises ``JournalError``.

    ``fences``: leases of a service that leads, without which nothing starts, whatever its own clock says.
    """

    fences: tuple[Lease, ...]

    @property
    def recommendations(self) -> Recommendations:
        """What was recommended, and what became of it."""

    @property
    def orders(self) -> Orders:
        """What people have told us."""

    @property
    def campaigns(self) -> Campaigns:
        """Rolling maintenances and other campaigns, and how far each has come."""

    @property
    def batches(self) -> Batches:
        """Migrations of whole data centres, batch by batch."""

    @property
    def promises(self) -> Promises:
        """When campaigns are to be over."""

    @property
    def retries(self) -> Retries:
        """Migrations that failed, and the plans that try them again."""

    @property
    def approvals(self) -> Approvals:
        """Which plans people have released."""

    @property
    def proposals(self) -> Proposals:
        """Plans of the service that wait for that."""

    @property
    def occurrences(self) -> Occurrences:
        """What was due, and what became of it."""

    @property
    def gains(self) -> Gains:
        """What plans promised, and what came of it."""

    @property
    def foreign_moves(self) -> ForeignMoves:
        """What others moved."""

    @property
    def names(self) -> EntityNames:
        """What the things that are moved are called."""

    @property
    def progress(self) -> Progress:
        """How far running migrations have come."""

    @property
    def audit(self) -> AuditChain:
        """The chain of everything decided and done."""

    @property
    def hourly_loads(self) -> HourlyLoads:
        """How busy each VM usually is, by the hour of the day."""

    @property
    def finished(self) -> FinishedMigrations:
        """Live migrations that are over, with what was predicted."""

    @property
    def is_acting(self) -> bool:
        """Whether this process carries out a plan right now, as far as it knows."""

    def lease(self, name: str, holder: str | None = None) -> Lease:
        """A lease of this journal, not taken yet."""

    @property
    def presence(self) -> Presence:
        """Which processes are there, and where each could lead."""

    def step_counts(self) -> Mapping[StepState, int]:
        """How many steps of all plans are in each state."""

    def last_outcomes(self, author: str, limit: int, since: datetime | None) -> tuple[StepState, ...]:
        """How the last migrations of this author's plans ended that were begun after ``since``, latest first."""

    def remove_before(self, before: datetime, at: datetime) -> int:
        """Remove what ended before that moment and is of no use; how many rows."""

    def acting(self, vcenters: Collection[str] = ()) -> AbstractContextManager[None]:
        """Within, no other process carries out a plan in these vCenters; raises at once where another does."""

    def has_plan(self, plan_id: str) -> bool:
        """Whether this plan was begun before, so that it can never be begun again."""

    def claim_occurrence(self, job: str, due_at: datetime, at: datetime, by: str = "") -> bool:
        """Whether this call, of all in all processes, is the first for this job at this time: it alone may act."""

    def record_cycle(self, at: datetime, kind: str, status: str, detail: str) -> None:
        """What kind of work was done at ``at``, how it went, and a line about it."""
