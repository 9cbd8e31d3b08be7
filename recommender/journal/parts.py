"""What a journal holds beside plans and their steps, each part with its own table."""

from recommender.journal.approvals import Approvals
from recommender.journal.audit_chain import AuditChain
from recommender.journal.batches import Batches
from recommender.journal.campaigns import Campaigns
from recommender.journal.connections import Connections
from recommender.journal.done_steps import DoneSteps
from recommender.journal.entity_names import EntityNames
from recommender.journal.finished_migrations import FinishedMigrations
from recommender.journal.foreign_moves import ForeignMoves
from recommender.journal.gains import Gains
from recommender.journal.hourly_loads import HourlyLoads
from recommender.journal.lease import DEFAULT_TTL_S, Milliseconds
from recommender.journal.occurrences import Occurrences
from recommender.journal.orders import Orders
from recommender.journal.presence import Presence
from recommender.journal.progress import Progress
from recommender.journal.promises import Promises
from recommender.journal.proposals import Proposals
from recommender.journal.recommendations import Recommendations
from recommender.journal.restorations import Restorations
from recommender.journal.retries import Retries


class JournalParts:
    """Over one database; every method of every part raises ``JournalError``."""

    def __init__(
        self, connections: Connections, *, lease_ttl_s: float = DEFAULT_TTL_S, now_ms: Milliseconds | None = None
    ) -> None:
        self.recommendations = Recommendations(connections)
        self.orders = Orders(connections)
        self.approvals = Approvals(connections)
        self.proposals = Proposals(connections)
        self.occurrences = Occurrences(connections)
        self.gains = Gains(connections)
        self.foreign_moves = ForeignMoves(connections)
        self.progress = Progress(connections)
        self.audit = AuditChain(connections)
        self.hourly_loads = HourlyLoads(connections)
        self.finished = FinishedMigrations(connections)
        self.campaigns = Campaigns(connections)
        self.batches = Batches(connections)
        self.promises = Promises(connections)
        self.retries = Retries(connections)
        self.restorations = Restorations(connections)
        self.done = DoneSteps(connections)
        self.names = EntityNames(connections)
        self.presence = Presence(connections, ttl_s=lease_ttl_s, now_ms=now_ms)
