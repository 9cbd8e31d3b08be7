"""Carries a rolling maintenance out: wave by wave empty, work, back; written down before and after each act.

Each wave is decided on what is there when its turn comes. Whatever goes wrong stops it: a host that is in maintenance
mode stays so, no further wave begins, and a person is told. It goes on where it stopped, in any process.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.actuation.step_result import OnEvent, ignore_event
from recommender.actuation.turn import Turn, TurnState
from recommender.errors import PlanStale
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.journal.proposals import ProposalState
from recommender.planning.rolling.rest import HOME
from recommender.policy import Policy
from recommender.ports import StepState
from recommender.report.names import Names
from recommender.service.absence_gate import vsan_trouble
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.hooks import RunHook, run_hook
from recommender.service.retries import Persistence
from recommender.service.rolling.approval import WaveApproval
from recommender.service.rolling.decision import Next, RollingDecision
from recommender.service.rolling.host_work import HostWork, Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.service.rolling.promise import RollingPromise
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World

VSAN_POLL_S: Final = 60.0
OVER: Final = (TurnState.BACK, TurnState.GIVEN_UP)


@dataclass(slots=True, kw_only=True)
class RollingRun:
    """One rolling maintenance in this process.

    ``deadline`` (aware UTC): no wave begins whose p95, with the work on its hosts, passes it. ``waits``: for a person
    who works on a host; otherwise it stops then, to be run again. Where hooks run in the ``background`` likewise.
    ``promise``: what is told of the end of the whole. ``approval``: where waves have to be approved, one by one.
    """

    campaign: Campaign
    policy: Policy
    world: World
    journal: ServiceJournal
    promise: RollingPromise
    stop: Callable[[], bool]
    hand_over: Callable[[], bool] = lambda: False
    deadline: datetime | None = None
    tell: Callable[[str], None] = lambda _: None
    on_event: OnEvent = ignore_event
    hook: RunHook = run_hook
    patience: Patience = DEFAULT_PATIENCE
    waits: bool = True
    background: BackgroundHooks | None = None
    approval: WaveApproval | None = None

    @property
    def _decision(self) -> RollingDecision:
        return RollingDecision(
            campaign=self.campaign,
            policy=self.policy,
            world=self.world,
            journal=self.journal,
            tell=self.tell,
            approval=self.approval,
        )

    def run(self) -> Stopped | None:
        """Until every host had its turn (``None``), or why it stopped. Raises any ``RecommenderError``."""
        order = RollingOrder.from_asked(self.campaign.asked)
        stopped = self._until_stopped(order)
        if stopped is None:
            self.promise.over()
        elif stopped.is_waiting and not self.waits:
            self.promise.look()
        else:
            self.promise.look(f"stopped: {stopped.reason}", goes_on=stopped.may_go_on and not self.waits)
        return stopped

    def _until_stopped(self, order: RollingOrder) -> Stopped | None:
        work = HostWork(
            campaign=self.campaign,
            hook=order.work,
            world=self.world,
            journal=self.journal,
            stop=self.stop,
            tell=self.tell,
            run_hook=self.hook,
            patience=self.patience,
            waits=self.waits,
            background=self.background,
            look=self.promise.look,
        )
        while (stopped := work.finish_what_was_begun()) is None:
            self.promise.look()
            turns = self.journal.campaigns.turns(self.campaign.id)
            if all(turn.state in OVER for turn in turns):
                return self._finish(order, turns)
            if self.stop():
                return Stopped(reason="stop was asked for", may_go_on=True)
            if stopped := self._wave(order, turns, work):
                return stopped
        return stopped

    def _wave(self, order: RollingOrder, turns: tuple[Turn, ...], work: HostWork) -> Stopped | None:
        """Empty the next wave, once it may begin."""
        found = self._decision.wave(order, turns, lambda host, reason: work.turn(host, TurnState.GIVEN_UP, reason))
        if not isinstance(found, Next):
            return found
        if waited := self._wait_for_vsan(found):
            return waited if isinstance(waited, Stopped) else None  # what has waited is decided anew
        if reason := self._reason_not_to_begin(found, order.work_s):
            return Stopped(reason=reason, may_go_on=True)
        return self._empty(found, work)

    def _wait_for_vsan(self, found: Next) -> Stopped | bool:
        """No host of vSAN goes away before all is rebuilt, and every host of its cluster well and there.

        Whether that had to be waited for, or why it is not.
        """
        told, inventory = "", found.inventory
        while trouble := vsan_trouble(inventory, self.world.migrator, found.saved.evacuate):
            if self.stop() or not self.waits:
                return Stopped(reason=trouble, may_go_on=True, is_waiting=True)
            if trouble != told:
                self.tell(f"waiting: {trouble}")
                told = trouble
            self.world.clock.sleep(VSAN_POLL_S)
            inventory = self._decision.fresh()
        return bool(told)

    def _reason_not_to_begin(self, found: Next, work_s: float) -> str | None:
        end = self.world.clock.now() + timedelta(seconds=found.needed_s(work_s))
        if self.deadline is None or end <= self.deadline:
            return None
        return f"wave {found.number} would be over at {end:{MOMENT}} (p95), the window ends at {self.deadline:{MOMENT}}"

    def _empty(self, found: Next, work: HostWork) -> Stopped | None:
        saved, names = found.saved, Names(found.inventory)
        self.promise.begins(found.number)
        for host in saved.evacuate:
            work.turn(host, TurnState.EMPTYING, wave=found.number, plan_id=plan_id(saved))
        migrations = len(found.whole.steps)
        self.tell(f"wave {found.number}: emptying {names.all_of(saved.evacuate)} by {migrations} migrations")
        try:
            carried = self._with_retries(saved)
        except PlanStale as stale:
            for host in saved.evacuate:
                work.turn(host, TurnState.WAITING, "nothing was sent")
            self.tell(f"wave {found.number} is decided anew: {stale}")
            return None
        missed = None
        for host, outcome in carried.maintenance:
            if outcome.state is StepState.DONE:
                work.turn(host, TurnState.READY, outcome.detail)
                continue
            is_untouched = outcome.state is StepState.SKIPPED or host in carried.given_up
            work.turn(host, TurnState.WAITING if is_untouched else TurnState.FAILED, outcome.detail)
            told = f"{names.of(host)} did not enter maintenance mode: {outcome.detail}"
            missed = missed or Stopped(reason=told, may_go_on=is_untouched)
        # The wave's other hosts are not left in maintenance mode for the sake of one.
        return missed and (work.finish_what_was_begun() or missed)

    def _finish(self, order: RollingOrder, turns: tuple[Turn, ...]) -> Stopped | None:
        """All are back: bring home what pays, and end."""
        counts = Counter(turn.state.value for turn in turns)
        told = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
        home = self._decision.way_home(order, turns)
        if isinstance(home, Stopped):
            if home.is_waiting:
                return home
            told, home = f"{told}; nothing was brought home: {home.reason}", None
        if home is not None and (reason := self._reason_not_to_begin(home, 0.0)):
            if self.approval is not None:
                return Stopped(reason=f"the way home: {reason}", may_go_on=True)
            told, home = f"{told}; nothing was brought home: {reason}", None
        if home is not None and not self.stop():
            migrations = len(home.saved.plan.steps)
            self.tell(f"all hosts are back: {migrations} migrations home")
            self.promise.begins(HOME)
            carried = self._carry_out(home.saved)
            told = f"{told}; home: {carried.count(StepState.DONE)} of {migrations} migrations"
        self.journal.campaigns.end(self.campaign.id, self.world.clock.now(), told)
        self.tell(told)
        return None

    def _with_retries(self, saved: SavedPlan) -> CarriedOut:
        """What failed is tried elsewhere, so that the wave's hosts become empty all the same."""
        persistence = Persistence(
            carry=self._carry_out,
            again=lambda: self._decision.again(saved.evacuate),
            journal=self.journal,
            clock=self.world.clock,
            retry=self.policy.retry,
            stop=self.stop,
            deadline=self.deadline,
            say=self.tell,
        )
        return persistence.carry_out(saved)

    def _carry_out(self, saved: SavedPlan) -> CarriedOut:
        self.journal.proposals.end(plan_id(saved), ProposalState.BEGUN, self.world.clock.now())
        self.promise.carries(max(saved.plan, saved.forecast or saved.plan, key=lambda plan: plan.makespan_s))
        return carry_out(
            saved,
            self.world,
            self.journal,
            policy=self.policy,
            author=self.campaign.author,
            stop=self.stop,
            hand_over=self.hand_over,
            deadline=self.deadline,
            on_event=self.on_event,
            say=self.tell,
            on_finish=self.promise.moves,
            patience=self.patience,
        )
