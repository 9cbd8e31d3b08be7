"""Carries a rolling maintenance out: wave by wave empty, work, back; written down before and after each act.

Each wave is decided on what is there when its turn comes. Whatever goes wrong stops it: a host that is in maintenance
mode stays so, no further wave begins, and a person is told. It goes on where it stopped, in any process.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.actuation.step_result import OnEvent, ignore_event
from recommender.actuation.turn import Turn, TurnState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan, plan_id
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.tried import Tried
from recommender.planning.rolling.maintenance import RollingRequest, next_wave, way_home
from recommender.planning.rolling.rest import HOME
from recommender.planning.rolling.wave import Wave
from recommender.policy import MoveScope, Policy
from recommender.ports import StepState
from recommender.report.names import Names
from recommender.service.absence_gate import vsan_trouble
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.cycle import require_fresh
from recommender.service.evacuations.host_evacuation import decide_evacuation, plan_of_the_rest
from recommender.service.hooks import RunHook, run_hook
from recommender.service.retries import Persistence, tried_since
from recommender.service.rolling.host_work import HostWork, Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.service.rolling.promise import RollingPromise
from recommender.service.saved_decision import saved_plan
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World

VSAN_POLL_S: Final = 60.0
OVER: Final = (TurnState.BACK, TurnState.GIVEN_UP)


@dataclass(slots=True, kw_only=True)
class RollingRun:
    """One rolling maintenance in this process.

    ``deadline`` (aware UTC): no wave begins whose p95, with the work on its hosts, passes it. ``waits``: for a person
    who works on a host; otherwise it stops then, to be run again. Where hooks run in the ``background`` likewise.
    ``promise``: what is told of the end of the whole.
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
        """Decide and empty the next wave; a host that cannot be emptied, or is gone, is given up."""
        inventory = self._fresh()
        there = {turn.host for turn in turns if inventory.find_host(turn.host) is not None}
        waiting = [turn.host for turn in turns if turn.state is TurnState.WAITING]
        for host in waiting:
            if host not in there:
                work.turn(host, TurnState.GIVEN_UP, "it is no longer in the inventory")
        hosts = tuple(host for host in waiting if host in there)
        if not hosts:
            return None
        number = 1 + max((turn.wave or 0 for turn in turns), default=0)
        wave, stuck = next_wave(self._request(order, inventory, hosts, turns), number)
        for one in stuck:
            work.turn(one.host, TurnState.GIVEN_UP, one.reason)
        if wave is None:
            return None
        if waited := self._wait_for_vsan(wave, inventory):
            return waited if isinstance(waited, Stopped) else None  # what has waited is decided anew
        if reason := self._reason_not_to_begin(wave, order.work_s):
            return Stopped(reason=reason, may_go_on=True)
        return self._empty(wave, inventory, work)

    def _wait_for_vsan(self, wave: Wave, inventory: Inventory) -> Stopped | bool:
        """No host of vSAN goes away before all is rebuilt, and every host of its cluster well and there.

        Whether that had to be waited for, or why it is not.
        """
        told = ""
        while trouble := vsan_trouble(inventory, self.world.migrator, wave.hosts):
            if self.stop() or not self.waits:
                return Stopped(reason=trouble, may_go_on=True, is_waiting=True)
            if trouble != told:
                self.tell(f"waiting: {trouble}")
                told = trouble
            self.world.clock.sleep(VSAN_POLL_S)
            inventory = self._fresh()
        return bool(told)

    def _reason_not_to_begin(self, wave: Wave, work_s: float) -> str | None:
        if wave.plan.blocked:
            return f"wave {wave.number} has no order: {wave.plan.blocked[0].reason}"
        needed_s = wave.plan.makespan_p95_s + (work_s if wave.hosts else 0.0)
        end = self.world.clock.now() + timedelta(seconds=needed_s)
        if self.deadline is None or end <= self.deadline:
            return None
        return f"wave {wave.number} would be over at {end:{MOMENT}} (p95), the window ends at {self.deadline:{MOMENT}}"

    def _empty(self, wave: Wave, inventory: Inventory, work: HostWork) -> Stopped | None:
        saved, names = self._saved(wave, inventory), Names(inventory)
        self.promise.begins(wave.number)
        for host in wave.hosts:
            work.turn(host, TurnState.EMPTYING, wave=wave.number, plan_id=plan_id(saved))
        self.tell(f"wave {wave.number}: emptying {names.all_of(wave.hosts)} by {len(wave.moves)} migrations")
        carried = self._with_retries(saved)
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
        inventory = self._fresh()
        back = tuple(turn.host for turn in turns if turn.state is TurnState.BACK and inventory.find_host(turn.host))
        home = way_home(self._request(order, inventory, back, turns), len(turns) + 1) if back else None
        if home is not None and (reason := self._reason_not_to_begin(home, 0.0)):
            told, home = f"{told}; nothing was brought home: {reason}", None
        if home is not None and not self.stop():
            self.tell(f"all hosts are back: {len(home.moves)} migrations home")
            self.promise.begins(HOME)
            carried = self._carry_out(self._saved(home, inventory))
            told = f"{told}; home: {carried.count(StepState.DONE)} of {len(home.moves)} migrations"
        self.journal.campaigns.end(self.campaign.id, self.world.clock.now(), told)
        self.tell(told)
        return None

    def _request(
        self, order: RollingOrder, inventory: Inventory, hosts: tuple[EntityRef, ...], turns: tuple[Turn, ...]
    ) -> RollingRequest:
        done = tuple(turn.host for turn in turns if turn.state is TurnState.BACK and turn.host not in hosts)
        return order.request(
            inventory,
            self.policy,
            hosts,
            done=tuple(host for host in done if inventory.find_host(host)),
            recent_moves=self.journal.recent_moves(self.world.clock.now() - REMEMBERED),
            before=self._tried(inventory),
            limits=self.world.limits,
        )

    def _saved(self, wave: Wave, inventory: Inventory) -> SavedPlan:
        return saved_plan(
            inventory,
            self.policy,
            wave.plan,
            wave.hosts,
            author=self.campaign.author,
            created_at=self.world.clock.now(),
            maintenance_mode=bool(wave.hosts),
        )

    def _tried(self, inventory: Inventory) -> Tried:
        retry = self.policy.retry
        since = self.world.clock.now() - timedelta(seconds=retry.remember_s)
        return tried_since(inventory, self.journal, retry, since)

    def _with_retries(self, saved: SavedPlan) -> CarriedOut:
        """What failed is tried elsewhere, so that the wave's hosts become empty all the same."""
        persistence = Persistence(
            carry=self._carry_out,
            again=lambda: self._again(saved.evacuate),
            journal=self.journal,
            clock=self.world.clock,
            retry=self.policy.retry,
            stop=self.stop,
            deadline=self.deadline,
            say=self.tell,
        )
        return persistence.carry_out(saved)

    def _again(self, hosts: tuple[EntityRef, ...]) -> SavedPlan | str:
        inventory = self._fresh()
        before = self._tried(inventory)
        request = PlacementRequest(
            inventory=inventory,
            policy=replace(self.policy, move_scope=MoveScope.CLUSTER),  # as all waves are
            goal=Goal.EVACUATE,
            evacuate=hosts,
            left_alone=before.left_alone,
            failed=before.failed,
            limits=self.world.limits,
        )
        decision = decide_evacuation(request, maintenance_mode=True)
        if isinstance(decision, str):
            return decision
        decision = replace(decision, request=replace(request, policy=self.policy))
        author, now = self.campaign.author, self.world.clock.now()
        return plan_of_the_rest(decision, author=author, created_at=now, maintenance_mode=True)

    def _carry_out(self, saved: SavedPlan) -> CarriedOut:
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

    def _fresh(self) -> Inventory:
        inventory = self.world.source.read()
        require_fresh(inventory, self.policy, self.world.clock.now())
        return inventory
