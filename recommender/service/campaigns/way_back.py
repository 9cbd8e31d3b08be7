"""The way back of a campaign as its own plan: what all of its batches have moved, to where it was before.

It is made from where the VMs are now, so that a way back that was stopped goes on by being asked for again.
"""

from dataclasses import dataclass, replace

from recommender.constraints.registry import constraints_for
from recommender.errors import JournalError, PlanError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan, parse_plan, plan_id
from recommender.journal.store import DatabaseJournal
from recommender.journal.transitions import OPEN
from recommender.planning.follow_up import moves_back
from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.windows.batches import Batch, BatchRequest, split_in_batches
from recommender.policy import Policy
from recommender.ports import StepState
from recommender.relocation_policy import NetworkMapping
from recommender.report.campaign_plan import batch_text, left_text
from recommender.service.campaigns.order import CampaignOrder, campaign_policy
from recommender.service.campaigns.run import CampaignRun
from recommender.service.rolling.host_work import Stopped
from recommender.service.saved_decision import saved_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """``batch``: what this window moves back, ``None`` for nothing; ``left``: what it does not, with the reasons."""

    inventory: Inventory
    policy: Policy
    batch: Batch | None
    left: tuple[tuple[EntityRef, str], ...]


def way_back(
    campaign: Campaign, journal: DatabaseJournal, inventory: Inventory, policy: Policy, window_s: float, seed: int = 0
) -> WayBack:
    """Raises ``JournalError`` where it is not known how a migration ended, ``PlanError`` for a plan that is unsound."""
    moved, uuids = _moved(journal, campaign.id)
    categories = CampaignOrder.from_asked(campaign.asked).categories
    policy = _policy_back(campaign, inventory, policy)
    found = moves_back(inventory, policy, moved, {step.number for step in moved.steps}, uuids)
    rules = constraints_for(policy)
    split = split_in_batches(
        BatchRequest(
            inventory=inventory,
            policy=policy,
            moves=found.moves,
            constraints=rules,
            window_s=window_s,
            categories=categories,
            most=1,
            seed=seed,
        )
    )
    batch = split.batches[0] if split.batches else None
    if batch is not None and (findings := replay(inventory, rules, policy, batch.part.plan)):
        told = "; ".join(str(finding) for finding in findings)
        raise PlanError(f"the way back fails its own check, nothing is done (please report this): {told}")
    left = (*found.left.items(), *((move.vm, split.reason) for move in split.left))
    return WayBack(inventory=inventory, policy=policy, batch=batch, left=left)


def go_back(run: CampaignRun, journal: DatabaseJournal) -> Stopped | None:
    """As much as is over in this window; ``None`` once all is back. From the first batch on the campaign has ended."""
    run.close_what_was_cut_off()
    while not run.stop():
        saved = _next_back(run, journal)
        if not isinstance(saved, SavedPlan):
            return saved
        journal.campaigns.end(run.campaign.id, run.world.clock.now(), f"rolled back by {run.campaign.author}")
        number = journal.batches.next_number(run.campaign.id)
        run.tell(f"batch {number}, back, begins: plan {plan_id(saved)[:12]}")
        carried = run.carried_out(saved, number, "put back: ")
        if not carried.count(StepState.DONE):
            return Stopped(reason="nothing of this batch was put back", may_go_on=True)
    return Stopped(reason="stop was asked for", may_go_on=True)


def _next_back(run: CampaignRun, journal: DatabaseJournal) -> SavedPlan | Stopped | None:
    """What is to be put back now, or why nothing is; ``None`` once all is back."""
    inventory, now = run.taught(run.world.source.read()), run.world.clock.now()
    if run.approval is not None:
        policy = _policy_back(run.campaign, inventory, run.policy)
        standing = run.approval.standing(inventory, policy, now, run.deadline, run.tell)
        if standing is not None:
            return standing
    back = way_back(run.campaign, journal, inventory, run.policy, run.window_s(now), run.seed)
    told = left_text(inventory, back.left)
    if back.batch is None:
        run.tell("; ".join(text for text in ("nothing is left to put back", told) if text))
        return Stopped(reason=told, may_go_on=True) if back.left else None
    saved = saved_plan(inventory, back.policy, back.batch.part.plan, author=run.campaign.author, created_at=now)
    run.tell(f"the next batch back: {batch_text(inventory, back.batch)}")
    return saved if run.approval is None else run.approval.propose(saved, now)


def _policy_back(campaign: Campaign, inventory: Inventory, policy: Policy) -> Policy:
    order = CampaignOrder.from_asked(campaign.asked)
    policy = campaign_policy(policy, inventory, order.of.hosts_in(inventory), order.to.hosts_in(inventory))
    there = policy.relocation.networks
    back = tuple(NetworkMapping(source=one.destination, destination=one.source) for one in there)
    return replace(policy, relocation=replace(policy.relocation, networks=(*there, *back)))


def _moved(journal: DatabaseJournal, campaign_id: str) -> tuple[Plan, dict[EntityRef, str]]:
    """Every step of every batch that was done, as one plan in order of time, and the VMs' instance UUIDs."""
    steps, uuids = [], {}
    for batch in journal.batches.of(campaign_id):
        text = journal.plan_documents(batch.plan_id).get(batch.plan_id)
        if text is None:
            continue  # written down, and cut off before it began
        if not text:
            raise JournalError(f"batch {batch.number} is older than journal.keep_days: what it moved is forgotten")
        records = journal.steps(batch.plan_id)
        if unknown := [str(row.number) for row in records if row.state in (*OPEN, StepState.UNKNOWN)]:
            raise JournalError(
                f"it is not known how steps {', '.join(unknown)} of batch {batch.number} ended: `status`"
            )
        uuids.update({row.vm: row.instance_uuid for row in records})
        done = {row.number for row in records if row.state is StepState.DONE}
        saved = parse_plan(text, f"plan {batch.plan_id[:12]} in the journal")
        steps += [step for step in saved.plan.steps if step.number in done]
    numbered = tuple(replace(step, number=number, depends_on=()) for number, step in enumerate(steps, start=1))
    return Plan(steps=numbered, makespan_s=0.0, makespan_p95_s=0.0, makespan_lower_bound_s=0.0), uuids
