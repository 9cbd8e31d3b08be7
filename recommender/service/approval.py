"""Whether a plan was released as the configuration asks."""

from recommender.errors import PlanNotApproved
from recommender.journal.approvals import Approvals
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.settings.automation import ApprovalSettings


def require_approval(settings: ApprovalSettings, saved: SavedPlan, approvals: Approvals) -> None:
    """Raises ``PlanNotApproved`` where exactly this plan needs an approval and has none that counts."""
    if not settings.required:
        return
    given = approvals.of(plan_id(saved))
    if any(not settings.second_person or approval.approver != saved.author for approval in given):
        return
    by = " by somebody who is not its author" if settings.second_person else ""
    raise PlanNotApproved(f"plan {plan_id(saved)[:12]} needs an approval{by}: recommender approve FILE")


def refuse_own_plan(settings: ApprovalSettings, saved: SavedPlan, approver: str) -> None:
    """Raises ``PlanNotApproved`` for an approval that would not count."""
    if settings.second_person and approver == saved.author:
        raise PlanNotApproved(f"{approver} made this plan: somebody else has to approve it (approval.second_person)")
