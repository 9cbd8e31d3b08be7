"""Whether a plan was released as the configuration asks."""

from dataclasses import dataclass
from datetime import datetime

from recommender.errors import PlanNotApproved
from recommender.inventory.inventory import Inventory
from recommender.journal.approvals import Approvals
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.planning.basis import stale_reasons
from recommender.policy import Policy
from recommender.service.service_journal import ServiceJournal
from recommender.settings.automation import ApprovalSettings


@dataclass(frozen=True, slots=True)
class AwaitsApproval:
    """The plan that somebody has to approve before it is carried out."""

    plan_id: str

    def __str__(self) -> str:
        short = self.plan_id[:12]
        return f"plan {short} waits for an approval: recommender approve {short}"


def require_approval(settings: ApprovalSettings, saved: SavedPlan, approvals: Approvals) -> None:
    """Raises ``PlanNotApproved`` where exactly this plan needs an approval and has none that counts."""
    if not settings.required or is_approved(settings, saved, approvals):
        return
    by = " by somebody who is not its author" if settings.second_person else ""
    raise PlanNotApproved(f"plan {plan_id(saved)[:12]} needs an approval{by}: recommender approve FILE")


def refuse_unsaved_plan(settings: ApprovalSettings) -> None:
    """Raises ``PlanNotApproved`` where a plan that was made just now cannot have been approved."""
    if settings.required:
        raise PlanNotApproved(
            "approval.required: save the plan with --out FILE, have it approved (recommender approve FILE), then"
            " recommender apply FILE; nothing was sent"
        )


def refuse_leaving(settings: ApprovalSettings) -> None:
    """Raises ``PlanNotApproved``: what takes hosts out of maintenance mode alone is no plan that could be approved."""
    if settings.required:
        raise PlanNotApproved(
            "approval.required: nobody can approve that. A rolling maintenance takes its own hosts back (recommender"
            " maintain continue ID --worked HOST); others are taken back in vCenter. Nothing was sent"
        )


def refuse_own_plan(settings: ApprovalSettings, saved: SavedPlan, approver: str) -> None:
    """Raises ``PlanNotApproved`` for an approval that would not count."""
    if settings.second_person and approver == saved.author:
        raise PlanNotApproved(f"{approver} made this plan: somebody else has to approve it (approval.second_person)")


def released_plan(
    settings: ApprovalSettings,
    saved: SavedPlan,
    journal: ServiceJournal,
    inventory: Inventory,
    policy: Policy,
    *,
    now: datetime,
    expires_at: datetime,
) -> SavedPlan | AwaitsApproval:
    """What the service may carry out of ``saved``, a plan that it has just made.

    Where it needs no approval that is ``saved``. Else it is what was proposed earlier, once somebody has approved that:
    a proposal stands until ``expires_at`` unless it becomes stale, so that there is time to approve it. Raises
    ``JournalError``.
    """
    if not settings.service:
        return saved
    waiting = journal.proposals.of(saved.author, now, {host.ref.vcenter for host in inventory.hosts})
    if waiting is None or stale_reasons(waiting.saved.basis, inventory, policy):
        return AwaitsApproval(journal.proposals.make(saved, now, expires_at))
    if is_approved(settings, waiting.saved, journal.approvals):
        return waiting.saved
    return AwaitsApproval(waiting.plan_id)


def is_approved(settings: ApprovalSettings, saved: SavedPlan, approvals: Approvals) -> bool:
    """Whether somebody has released exactly this plan whose word counts. Raises ``JournalError``."""
    given = approvals.of(plan_id(saved))
    return any(not settings.second_person or approval.approver != saved.author for approval in given)
