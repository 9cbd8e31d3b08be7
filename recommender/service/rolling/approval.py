"""How the waves of a rolling maintenance are released, where the configuration wants plans approved: one by one.

A wave is decided and proposed; what the approval binds is the SHA-256 of exactly that plan. It is carried out once
somebody has approved it, with the work on its hosts, unless its world has changed meanwhile. So is the way home.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from recommender.actuation.vcenter_evacuation import STAYING_KINDS
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan
from recommender.planning.basis import stale_reasons
from recommender.policy import Policy
from recommender.report.names import Names
from recommender.report.quantity_text import counted_text, duration_text
from recommender.service.approval import is_approved
from recommender.service.proposed import STANDS, room_s, waits
from recommender.service.rolling.host_work import Stopped
from recommender.service.service_journal import ServiceJournal
from recommender.settings.automation import ApprovalSettings

NOT_AGAIN: Final = "nobody has approved that: a later wave takes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveApproval:
    """Of one rolling maintenance. ``window_s``: how long its windows are, ``None`` where it has none."""

    settings: ApprovalSettings
    campaign: Campaign
    journal: ServiceJournal
    window_s: float | None = None

    def standing(
        self,
        inventory: Inventory,
        policy: Policy,
        waiting: Collection[EntityRef],
        now: datetime,
        tell: Callable[[str], None],
    ) -> SavedPlan | Stopped | None:
        """The wave that may begin now, or that it waits; ``None`` where one has to be proposed.

        ``waiting``: the hosts whose turn is to come; without any it is the way home. Raises ``JournalError``.
        """
        found = self.journal.proposals.of_campaign(self.campaign.id, now)
        if found is None:
            return None
        if reason := "; ".join(_reasons_against(found.saved, inventory, policy, waiting)):
            tell(f"plan {found.plan_id[:12]} is not carried out: {reason}")
            return None
        return found.saved if is_approved(self.settings, found.saved, self.journal.approvals) else waits(found.plan_id)

    def propose(self, saved: SavedPlan, needed_s: float, now: datetime) -> Stopped:
        """Write down what waits for an approval from now on, unless no window holds it. Raises ``JournalError``."""
        if self.window_s is not None and needed_s > room_s(self.window_s):
            told = f"takes {duration_text(needed_s)} (p95), a window has {duration_text(self.window_s)}"
            return Stopped(reason=f"nothing is proposed: what comes next {told}", may_go_on=True)
        return waits(self.journal.proposals.make(saved, now, now + STANDS, self.campaign.id))


def _reasons_against(
    saved: SavedPlan, inventory: Inventory, policy: Policy, waiting: Collection[EntityRef]
) -> Iterator[str]:
    """Why what was proposed is not what is to be done now."""
    if not waiting if saved.evacuate else waiting:
        yield "it is not the next thing to be done any more"
    elif gone := [host for host in saved.evacuate if host not in waiting]:
        yield f"the turn of {Names(inventory).all_of(tuple(gone))} is not to come any more"
    else:
        yield from stale_reasons(saved.basis, inventory, policy)
        if came := _came(saved, inventory):
            names = Names(inventory)
            yield f"{counted_text(len(came), 'VM')} came to its hosts since ({', '.join(map(names.of, came[:5]))})"


def _came(saved: SavedPlan, inventory: Inventory) -> list[EntityRef]:
    """VMs on hosts that we empty which it does not take away: with them the host would not become empty."""
    taken = {step.move.vm for step in saved.plan.steps}
    return [
        vm.ref
        for host in saved.evacuate
        if host not in saved.by_vcenter
        for vm in inventory.vms_on(host)
        if vm.kind not in STAYING_KINDS and vm.ref not in taken
    ]
