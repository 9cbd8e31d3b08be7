"""How the batches of a campaign are released, where the configuration wants plans approved: one by one.

A batch is decided for a whole window and proposed; what the approval binds is the SHA-256 of exactly that plan. It is
carried out once somebody has approved it and a window has time for all of it, unless its world has changed meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan
from recommender.journal.proposals import Proposal
from recommender.planning.basis import stale_reasons
from recommender.planning.windows.window import window_answer
from recommender.policy import Policy
from recommender.report.quantity_text import duration_text
from recommender.service.approval import is_approved
from recommender.service.proposed import STANDS, room_s, waits
from recommender.service.rolling.host_work import Stopped
from recommender.service.service_journal import ServiceJournal
from recommender.settings.automation import ApprovalSettings

NOT_AGAIN: Final = "nobody has approved that: a later batch takes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchApproval:
    """Of one campaign with windows of ``window_s``. ``is_back``: of its way back, which empties no host."""

    settings: ApprovalSettings
    campaign: Campaign
    journal: ServiceJournal
    window_s: float
    is_back: bool = False

    @property
    def room_s(self) -> float:
        """For how long a window a batch is decided."""
        return room_s(self.window_s)

    def standing(
        self, inventory: Inventory, policy: Policy, now: datetime, deadline: datetime, tell: Callable[[str], None]
    ) -> SavedPlan | Stopped | None:
        """The batch that may begin now, or why it has to wait; ``None`` where one has to be proposed.

        ``policy``: as the campaign would decide by it now. Raises ``JournalError``.
        """
        found = self.journal.proposals.of_campaign(self.campaign.id, now)
        if found is None:
            return None
        takes_s = window_answer(found.saved.plan, self.window_s).finish_p95_s
        if reason := self._reason_against(found, inventory, policy, takes_s):
            tell(f"plan {found.plan_id[:12]} is not carried out: {reason}")
            return None
        if not is_approved(self.settings, found.saved, self.journal.approvals):
            return waits(found.plan_id)
        left_s = (deadline - now) / timedelta(seconds=1)
        if takes_s > left_s:
            told = f"takes {duration_text(takes_s)} (p95), of this window {duration_text(left_s)} are left"
            reason = f"plan {found.plan_id[:12]}, which is approved, {told}: it waits for the next one"
            return Stopped(reason=reason, may_go_on=True)
        return found.saved

    def propose(self, saved: SavedPlan, now: datetime) -> Stopped:
        """Write down what waits for an approval from now on. Raises ``JournalError``."""
        return waits(self.journal.proposals.make(saved, now, now + STANDS, self.campaign.id))

    def _reason_against(self, found: Proposal, inventory: Inventory, policy: Policy, takes_s: float) -> str:
        if bool(found.saved.evacuate) is self.is_back:
            return "the campaign goes the other way now"
        if takes_s > self.window_s:
            return f"it takes {duration_text(takes_s)} (p95), a window has {duration_text(self.window_s)} now"
        return "; ".join(stale_reasons(found.saved.basis, inventory, policy))
