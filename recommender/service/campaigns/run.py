"""Carries a campaign on in one window: batch after batch as long as one fits, each decided on what is there then.

Every batch is written down before it begins and after it ends, so that any process can go on, and go back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.step_result import OnEvent, ignore_event
from recommender.errors import PlanStale
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.proposals import ProposalState
from recommender.placement.request import SolveLimits
from recommender.policy import Policy
from recommender.ports import StepState
from recommender.report.campaign_plan import batch_text, left_text
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.campaigns.approval import NOT_AGAIN, BatchApproval
from recommender.service.campaigns.decision import CampaignDecision, CampaignQuestion, decide_campaign
from recommender.service.campaigns.order import CampaignOrder, campaign_policy
from recommender.service.campaigns.promise import CampaignPromise
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.cycle import require_fresh
from recommender.service.decision_log import outcome_text
from recommender.service.promise import nobody_asks
from recommender.service.retries import Persistence, tried_since
from recommender.service.rolling.host_work import Stopped
from recommender.service.saved_decision import saved_plan
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World


@dataclass(slots=True, kw_only=True)
class CampaignRun:
    """One campaign in this process and window. ``deadline`` (aware UTC): nothing starts that would not end by then.

    ``promise``: what is told of the end of the whole, ``None`` for nothing, as on the way back.
    """

    campaign: Campaign
    policy: Policy
    world: World
    journal: ServiceJournal
    deadline: datetime
    stop: Callable[[], bool]
    hand_over: Callable[[], bool] = lambda: False
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory
    tell: Callable[[str], None] = lambda _: None
    on_event: OnEvent = ignore_event
    patience: Patience = DEFAULT_PATIENCE
    approval: BatchApproval | None = None
    promise: CampaignPromise | None = None
    seed: int = 0
    moved: int = field(default=0, init=False)
    _warned: set[str] = field(default_factory=set, init=False)

    def run(self) -> Stopped | None:
        """Until all is moved (``None``), or why it goes on later. Raises any ``RecommenderError``."""
        stopped = self._until_stopped()
        if self.promise is not None:
            if stopped is None:
                self.promise.over()
            elif not (stopped.is_waiting and self.promise.comes_again):
                self.promise.closes()
        return stopped

    def _until_stopped(self) -> Stopped | None:
        order = CampaignOrder.from_asked(self.campaign.asked)
        self.close_what_was_cut_off()
        while not self.stop():
            saved = self.next_batch(order)
            if not isinstance(saved, SavedPlan):
                return saved
            carried = self._batch(order, saved)
            done = carried.count(StepState.DONE) if carried else 0
            self.moved += done
            if not done:
                return Stopped(reason="nothing of this batch was moved", may_go_on=True)
        return Stopped(reason="stop was asked for", may_go_on=True)

    def next_batch(self, order: CampaignOrder) -> SavedPlan | Stopped | None:
        """What is to be carried out now, or why nothing is; ``None`` once all is moved."""
        if self.approval is not None:
            inventory, now = self.world.source.read(), self.world.clock.now()
            leaving, coming = order.of.hosts_in(inventory), order.to.hosts_in(inventory)
            policy = campaign_policy(self.policy, inventory, leaving, coming)
            self._see(inventory, leaving)
            standing = self.approval.standing(inventory, policy, now, self.deadline, self.tell)
            if standing is not None:
                return standing
        decision = self._decided(order)
        inventory = decision.request.inventory
        if not decision.waiting:
            self._finish(decision)
            return None
        self._see(inventory, decision.request.evacuate)
        if not decision.batches:
            told = left_text(inventory, tuple(decision.left()))
            return Stopped(reason=f"nothing more fits this window; {told}", may_go_on=True)
        saved = self._saved(decision)
        for warning in decision.warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                self.tell(warning)
        self.tell(f"the next batch: {batch_text(inventory, decision.batches[0])}")
        return saved if self.approval is None else self.approval.propose(saved, self.world.clock.now())

    def _see(self, inventory: Inventory, leaving: Sequence[EntityRef]) -> None:
        """What still waits, for the dates."""
        if self.promise is not None:
            self.promise.seen([vm.ref for host in leaving for vm in inventory.vms_on(host)])

    def window_s(self, now: datetime) -> float:
        """For how long a batch is decided: what is left of this window, or a whole one where it wants an approval."""
        return max(1.0, (self.deadline - now).total_seconds()) if self.approval is None else self.approval.room_s

    def _decided(self, order: CampaignOrder, only: frozenset[EntityRef] | None = None) -> CampaignDecision:
        inventory, now = self.world.source.read(), self.world.clock.now()
        require_fresh(inventory, self.policy, now)
        retry = self.policy.retry
        return decide_campaign(
            CampaignQuestion(
                order=order,
                inventory=self.taught(inventory),
                policy=self.policy,
                window_s=self.window_s(now),
                most=1,
                only=only,
                before=tried_since(inventory, self.journal, retry, now - timedelta(seconds=retry.remember_s)),
                recent_moves=self.journal.recent_moves(now - REMEMBERED),
                seed=self.seed,
                limits=self.world.limits or SolveLimits(),
            )
        )

    def _batch(self, order: CampaignOrder, saved: SavedPlan) -> CarriedOut | None:
        """One of its batches, failures tried elsewhere; ``None`` if the world changed before it began."""
        number = self.journal.batches.next_number(self.campaign.id)
        self.tell(f"batch {number} begins, plan {plan_id(saved)[:12]}")
        only = frozenset(step.move.vm for step in saved.plan.steps)
        persistence = Persistence(
            carry=lambda saved: self.carried_out(saved, number),
            again=lambda: self._again(order, only),
            journal=self.journal,
            clock=self.world.clock,
            retry=self.policy.retry,
            stop=self.stop,
            deadline=self.deadline,
            say=self.tell,
        )
        try:
            carried = persistence.carry_out(saved)
        except PlanStale as stale:
            self.tell(f"the batch is decided anew: {stale}")
            return None
        self.tell(f"batch {number}: {outcome_text(carried)}")
        if self.promise is not None:
            done = [result for result in carried.steps if result.outcome.state is StepState.DONE]
            self.promise.ends([result.step.move.vm for result in done])
        return carried

    def carried_out(self, saved: SavedPlan, number: int, what: str = "") -> CarriedOut:
        """One plan of the campaign; what becomes of it is written down after ``what``. Raises as ``carry_out`` does."""
        self.journal.batches.begin(self.campaign.id, number, plan_id(saved), self.world.clock.now())
        self.journal.proposals.end(plan_id(saved), ProposalState.BEGUN, self.world.clock.now())
        if self.promise is not None:
            self.promise.begins([step.move.vm for step in saved.plan.steps], saved.plan.makespan_s)
        try:
            carried = carry_out(
                saved,
                self.world,
                self.journal,
                policy=saved.policy,
                author=self.campaign.author,
                stop=self.stop,
                hand_over=self.hand_over,
                deadline=self.deadline,
                on_event=self.on_event,
                say=self.tell,
                on_finish=self.promise.moves if self.promise is not None else nobody_asks,
                patience=self.patience,
            )
        except PlanStale as stale:
            self.journal.batches.end(self.campaign.id, plan_id(saved), self.world.clock.now(), f"not begun: {stale}")
            raise
        self.journal.batches.end(self.campaign.id, plan_id(saved), self.world.clock.now(), what + outcome_text(carried))
        return carried

    def _again(self, order: CampaignOrder, only: frozenset[EntityRef]) -> SavedPlan | str:
        if self.approval is not None:
            return NOT_AGAIN
        decision = self._decided(order, only)
        if decision.batches:
            return self._saved(decision)
        return left_text(decision.request.inventory, tuple(decision.left())) or "nothing is left to be moved"

    def _saved(self, decision: CampaignDecision) -> SavedPlan:
        request = decision.request
        return saved_plan(
            request.inventory,
            request.policy,
            decision.batches[0].part.plan,
            request.evacuate,
            author=self.campaign.author,
            created_at=self.world.clock.now(),
        )

    def close_what_was_cut_off(self) -> None:
        """Batches of a process that is no more; their steps are settled by whoever goes on."""
        for batch in self.journal.batches.of(self.campaign.id):
            if batch.ended_at is None:
                self.journal.batches.end(self.campaign.id, batch.plan_id, self.world.clock.now(), "it was cut off")

    def _finish(self, decision: CampaignDecision) -> None:
        number = self.journal.batches.next_number(self.campaign.id) - 1
        told = left_text(decision.request.inventory, tuple(decision.left()))
        detail = "; ".join(
            text for text in (f"all is moved, in {number} {'batch' if number == 1 else 'batches'}", told) if text
        )
        self.journal.campaigns.end(self.campaign.id, self.world.clock.now(), detail)
        self.tell(detail)
