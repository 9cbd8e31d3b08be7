"""A scheduled evacuation: decided when it is due, carried out once, within its window."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.errors import PlanStale
from recommender.failpoints import Failpoint, reach
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import host_named
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.proposals import ProposalState
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.tried import Tried
from recommender.policy import Policy
from recommender.service.absence_gate import not_ready
from recommender.service.approval import AwaitsApproval, released_plan
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.cycle import Decision, require_fresh
from recommender.service.decision_log import in_short, log_decision, log_promise, log_settled, log_step, outcome_text
from recommender.service.evacuations.decided_ahead import DecidedAhead
from recommender.service.evacuations.hooks import EvacuationHooks, Standing
from recommender.service.evacuations.host_evacuation import decide_evacuation, loud_warning, plan_of_the_rest
from recommender.service.evacuations.terms import policy_of, reason_not_to_act, warn_if_too_long
from recommender.service.evacuations.window_end import WayBack, put_back
from recommender.service.open_steps import runs_on, settle_open_steps
from recommender.service.retries import Persistence, tried_since
from recommender.service.rolling.at_set_times import hosts_of
from recommender.service.saved_decision import saved_decision
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.timed_search import timed_run
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings

KIND: Final = "evacuation"


def run_evacuation(
    settings: Settings,
    evacuation: EvacuationSettings,
    occurrence: OpenOccurrence,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    taught: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    background: BackgroundHooks | None = None,
    patience: Patience = DEFAULT_PATIENCE,
    ahead: DecidedAhead | None = None,
) -> str | None:
    """Empty the hosts once for this occurrence, over all restarts; nothing starts that would not end in the window.

    Decides first and claims the occurrence right before it acts, so that a vCenter that does not answer at that moment
    does not use it up, nor a plan that nobody has approved yet. Decides once again if the world changes before the
    first start. ``ahead`` is what was decided shortly before, which is taken if it still holds. Sends nothing in a dry
    run, nor with the automation level *manual*. Where DRS is fully automated vCenter empties the hosts, and is watched.
    What was done; ``None`` if it stays due, or another process claimed it. Raises any ``RecommenderError``.
    """
    log_settled(settle_open_steps(world, journal, stop=stop, patience=patience, follow=False))
    return _Evacuation(
        settings=settings,
        evacuation=evacuation,
        occurrence=occurrence,
        world=world,
        journal=journal,
        stop=stop,
        hand_over=hand_over,
        taught=taught,
        hooks=EvacuationHooks(
            evacuation=evacuation, occurrence=occurrence, background=background or BackgroundHooks(), journal=journal
        ),
        patience=patience,
        began_at=world.clock.now(),
        ahead=ahead,
    ).run()


def decided_ahead(
    settings: Settings,
    evacuation: EvacuationSettings,
    occurrence: OpenOccurrence,
    world: World,
    journal: ServiceJournal,
    *,
    taught: Callable[[Inventory], Inventory],
) -> DecidedAhead:
    """What ``run_evacuation`` would decide now. Nothing is sent or claimed. Raises any ``RecommenderError``."""
    return _Evacuation(
        settings=settings,
        evacuation=evacuation,
        occurrence=occurrence,
        world=world,
        journal=journal,
        stop=lambda: False,
        hand_over=lambda: False,
        taught=taught,
        hooks=EvacuationHooks(
            evacuation=evacuation, occurrence=occurrence, background=BackgroundHooks(), journal=journal
        ),
        patience=DEFAULT_PATIENCE,
        began_at=world.clock.now(),
    ).decide_ahead()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evacuation:
    settings: Settings
    evacuation: EvacuationSettings
    occurrence: OpenOccurrence
    world: World
    journal: ServiceJournal
    stop: Callable[[], bool]
    hand_over: Callable[[], bool]
    taught: Callable[[Inventory], Inventory]
    hooks: EvacuationHooks
    patience: Patience
    began_at: datetime
    ahead: DecidedAhead | None = None

    @property
    def policy(self) -> Policy:
        """As it is for this evacuation."""
        return policy_of(self.settings.policy, self.evacuation)

    @property
    def author(self) -> str:
        return f"{KIND} {self.evacuation.name}"

    def run(self) -> str | None:
        if self.occurrence.is_cut_off and runs_on(self.journal, self.author):
            return None  # the turn after their ends goes on
        standing = self.hooks.standing(self.began_at)
        if isinstance(standing, str):
            return standing
        return None if standing is Standing.WAITS else self._decided_and_done(standing)

    def _decided_and_done(self, standing: Standing) -> str | None:
        inventory, decision = self._decided(self.ahead)
        saved = self._released(decision)
        if isinstance(saved, AwaitsApproval):
            self._told(decision, str(saved))
            return None
        if isinstance(saved, SavedPlan) and (trouble := not_ready(saved, inventory, self.world.migrator)):
            self._told(decision, f"it waits: {trouble}")
            return None  # a later turn looks again
        if not self.occurrence.claim():
            return None
        reach(Failpoint.AFTER_CLAIM)
        if isinstance(saved, str):
            return self._told(decision, saved)
        if standing is Standing.TO_BE_ASKED:
            self.hooks.ask(saved, inventory)
            return None  # a later turn looks how it ended
        return self._done(inventory, decision, saved)

    def _done(self, inventory: Inventory, decision: Decision | str, saved: SavedPlan) -> str | None:
        warn_if_too_long(saved, self.world.clock.now(), self.occurrence)
        try:
            outcome, is_complete = self._apply(saved, inventory)
            told = self._told(decision, outcome)
        except PlanStale as stale:
            # The world changed between the look and the start; nothing was sent, and the occurrence is ours.
            inventory, decision = self._decided()
            again = self._released(decision)
            outcome, is_complete = (
                self._apply(again, inventory) if isinstance(again, SavedPlan) else (str(again), False)
            )
            told = self._told(decision, f"{outcome} (decided again: {stale})")
        if self.occurrence.goes_on(is_open=runs_on(self.journal, self.author)):
            return None
        if not self.stop() and self.hooks.tell(saved, inventory, told, is_complete=is_complete):
            return None
        return told

    def decide_ahead(self) -> DecidedAhead:
        """What it decides now, with all that it was decided from."""
        inventory, before = self._looked()
        decision = self._decision(inventory, before)
        return DecidedAhead(due=self.occurrence.due, inventory=inventory, before=before, decision=decision)

    def _decided(self, ahead: DecidedAhead | None = None) -> tuple[Inventory, Decision | str]:
        """The picture, and what should be done, or why vCenter's DRS does not let it be done so."""
        inventory, before = self._looked()
        if ahead is not None and ahead.holds(inventory, before):
            return inventory, ahead.decision
        return inventory, self._decision(inventory, before)

    def _looked(self) -> tuple[Inventory, Tried]:
        """The picture as it is now, and what has failed lately."""
        inventory, policy, now = self.world.source.read(), self.policy, self.world.clock.now()
        require_fresh(inventory, policy, now)
        since = min(self.occurrence.due, now - timedelta(seconds=policy.retry.remember_s))
        return inventory, tried_since(inventory, self.journal, policy.retry, since)

    def _decision(self, inventory: Inventory, before: Tried) -> Decision | str:
        policy, now = self.policy, self.world.clock.now()
        hosts = hosts_of(inventory, self.evacuation)
        to = tuple(host_named(inventory, name).ref for name in self.evacuation.to)
        if warning := loud_warning(inventory, policy, hosts):
            log: Any = structlog.get_logger()
            log.warning(warning, evacuation=self.evacuation.name)
        request = PlacementRequest(
            inventory=self.taught(inventory),
            policy=policy,
            goal=Goal.EVACUATE,
            evacuate=hosts,
            among=(*hosts, *to) if to else (),
            recent_moves=self.world.of_its_own(self.journal.recent_moves(now - REMEMBERED)),
            left_alone=before.left_alone,
            failed=before.failed,
            limits=self.world.limits,
        )
        run = timed_run(self.world, self.settings.serve.search_limit_s)
        return decide_evacuation(request, maintenance_mode=self.evacuation.maintenance_mode, run=run)

    def _released(self, decision: Decision | str) -> SavedPlan | AwaitsApproval | str:
        """The plan that may be carried out now, or why nothing may."""
        if isinstance(decision, str):
            return f"nothing was sent: {decision}"
        log_decision(KIND, decision)
        if reason := reason_not_to_act(self.policy, self.evacuation, decision, begun=self.occurrence.is_cut_off):
            return reason
        now, maintenance_mode = self.world.clock.now(), self.evacuation.maintenance_mode
        saved = saved_decision(decision, author=self.author, created_at=now, maintenance_mode=maintenance_mode)
        inventory, policy = decision.request.inventory, self.policy
        deadline, approval = self.occurrence.deadline, self.settings.approval
        return released_plan(approval, saved, self.journal, inventory, policy, now=now, expires_at=deadline)

    def _apply(self, saved: SavedPlan, inventory: Inventory) -> tuple[str, bool]:
        self.journal.proposals.end(plan_id(saved), ProposalState.BEGUN, self.world.clock.now())
        persistence = Persistence(
            carry=lambda plan: self._carried_out(plan, inventory),
            again=self._again,
            journal=self.journal,
            clock=self.world.clock,
            retry=self.policy.retry,
            stop=self.stop,
            deadline=self.occurrence.deadline,
            say=log_promise,
        )
        carried = persistence.carry_out(saved)
        return "; ".join((outcome_text(carried), *self._at_the_end(carried, inventory))), carried.is_complete

    def _at_the_end(self, carried: CarriedOut, inventory: Inventory) -> tuple[str, ...]:
        """What its window's end makes of an evacuation that is not complete."""
        order = self.journal.standing_order(carried.plan_id)
        if carried.is_complete or self.evacuation.at_window_end == "finish" or self.stop() or order is not None:
            return ()
        way = WayBack(
            carried=carried,
            at_first=inventory,
            policy=self.policy,
            author=self.author,
            deadline=self.occurrence.deadline,
        )
        now = self.world.clock.now()
        return (put_back(way, self.world.source.read(), now, lambda plan: self._carried_out(plan, inventory)),)

    def _carried_out(self, saved: SavedPlan, inventory: Inventory) -> CarriedOut:
        return carry_out(
            saved,
            self.world,
            self.journal,
            policy=self.policy,
            author=self.author,
            stop=self.stop,
            hand_over=self.hand_over,
            deadline=self.occurrence.deadline,
            on_event=partial(log_step, inventory),
            say=log_promise,
            patience=self.patience,
        )

    def _again(self) -> SavedPlan | str:
        """The plan that tries again what failed, as far as it can be done."""
        if self.settings.approval.service:
            return "nobody has approved that (approval.service): plan --continue makes a plan of the rest"
        _, decision = self._decided()
        if isinstance(decision, str):
            return decision
        now, maintenance_mode = self.world.clock.now(), self.evacuation.maintenance_mode
        return plan_of_the_rest(decision, author=self.author, created_at=now, maintenance_mode=maintenance_mode)

    def _told(self, decision: Decision | str, text: str) -> str:
        status, moves = in_short(decision)
        due = f"{self.evacuation.name}, due {self.occurrence.due:{MOMENT}}"
        detail = f"{due}: {moves} moves planned; {text}"
        self.journal.record_cycle(self.began_at, KIND, status, detail)
        return detail
