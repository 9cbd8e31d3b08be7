"""What happens to hosts between being empty and taking VMs again: the work on them, and their way back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from recommender.actuation.leave_maintenance import leave_maintenance_mode
from recommender.actuation.operation_id import leaving_operation_id
from recommender.actuation.patience import Patience
from recommender.actuation.settle_host import is_in_maintenance
from recommender.actuation.turn import Turn, TurnState
from recommender.errors import InventoryError, LeaseLost
from recommender.failpoints import Failpoint, reach
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.ports import StepState
from recommender.report.names import Names
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.hook_outcome import HookOutcome
from recommender.service.hooks import RunHook
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World
from recommender.settings.hook import HookSettings

UNKNOWN_WORK: Final = "the process ended while the hook ran: whether its work is done is unknown"
UNKNOWN_ENTRY: Final = "whether it still enters maintenance mode is unknown: look at the host"
HOST_READY: Final = "host_ready"  # the event that the hook is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why a rolling maintenance did not go on.

    ``may_go_on``: in its next window or process, without a person. ``is_waiting``: for a person who works on a host,
    or, with ``wants_approval``, for one who approves what comes next.
    """

    reason: str
    may_go_on: bool
    is_waiting: bool = False
    wants_approval: bool = False


@dataclass(slots=True, kw_only=True)
class HostWork:
    """``hook`` works on a host; without one a person does, and takes it out of maintenance mode afterwards.

    ``waits``: for that person; otherwise whoever asks comes again. ``background``: hooks run there, and whoever asks
    comes again; without it they are waited for. ``look`` is called when work ends, and now and then while it goes on.
    """

    campaign: Campaign
    hook: HookSettings | None
    world: World
    journal: ServiceJournal
    stop: Callable[[], bool]
    tell: Callable[[str], None]
    run_hook: RunHook
    patience: Patience
    waits: bool = True
    background: BackgroundHooks | None = None
    look: Callable[[], None] = lambda: None

    def turn(self, host: EntityRef, state: TurnState, detail: str = "", **more: Any) -> None:
        """Write down how far the turn of ``host`` has come."""
        now = self.world.clock.now()
        self.journal.campaigns.turn(self.campaign.id, host, state, now, detail=detail, **more)

    def finish_what_was_begun(self) -> Stopped | None:
        """Bring the turns that were begun to their ends; what a former process left is looked at first.

        A hook that a former process left running is never run again, and stops everything.
        """
        self._look_at_what_was_left()
        if self._take_outcomes():
            return self._at_work()
        failed = [turn for turn in self._turns() if turn.state is TurnState.FAILED]
        if failed:
            return Stopped(reason=f"{self._name(failed[0].host)}: {failed[0].detail}", may_go_on=False)
        if ready := self._in(TurnState.READY):
            stopped = self._wait_for_a_person(ready) if self.hook is None else self._run_hooks(self.hook, ready)
            if stopped is not None:
                return stopped
        for turn in self._turns():
            if turn.state in (TurnState.WORKED, TurnState.LEAVING) and (stopped := self._bring_back(turn)):
                return stopped
        if entering := self._in(TurnState.EMPTYING):
            told = f"{', '.join(map(self._name, entering))}: still entering maintenance mode"
            return Stopped(reason=told, may_go_on=True, is_waiting=True)
        return None

    def _look_at_what_was_left(self) -> None:
        for host in self._in(TurnState.EMPTYING):
            if is_in_maintenance(self.world.source.read(), host):
                self.turn(host, TurnState.READY, "seen after an interruption")
                continue
            states = {call.state for call in self.journal.open_host_calls() if call.host == host}
            if not states:
                self.turn(host, TurnState.WAITING, "seen after an interruption")
            elif StepState.UNKNOWN in states:
                self.turn(host, TurnState.FAILED, UNKNOWN_ENTRY)
        for host in self._in(TurnState.WORKING):
            if self.background is None or not self.background.is_ours((self.campaign.id, host)):
                self.turn(host, TurnState.FAILED, UNKNOWN_WORK)

    def _take_outcomes(self) -> bool:
        """Write down which hooks have ended; whether any still runs."""
        if self.background is not None:
            for host in self._in(TurnState.WORKING):
                if (outcome := self.background.outcome((self.campaign.id, host))) is not None:
                    self._end_work(host, outcome)
        return bool(self._in(TurnState.WORKING))

    def _at_work(self) -> Stopped:
        hosts = ", ".join(map(self._name, self._in(TurnState.WORKING)))
        return Stopped(reason=f"the hook works on {hosts}", may_go_on=True, is_waiting=True)

    def _end_work(self, host: EntityRef, outcome: HookOutcome) -> None:
        self.turn(host, TurnState.WORKED if outcome.succeeded else TurnState.FAILED, outcome.detail)
        self.look()

    def _run_hooks(self, hook: HookSettings, hosts: list[EntityRef]) -> Stopped | None:
        """On all of them at one time, once each."""
        names = Names(self.world.source.read())
        waves = {turn.host: turn.wave for turn in self._turns()}
        facts = [
            {
                "event": HOST_READY,
                "campaign": {"id": self.campaign.id, "name": self.campaign.name},
                "host": {"name": names.of(host), "ref": str(host)},
                "wave": waves[host],
            }
            for host in hosts
        ]
        for host in hosts:
            self.turn(host, TurnState.WORKING)
            self.tell(f"{names.of(host)} is in maintenance mode: the hook works on it")
        if self.background is not None:
            for host, told in zip(hosts, facts, strict=True):
                key, require = (self.campaign.id, host), partial(self._require_turn, host)
                self.background.start(key, self.campaign.name, hook, told, require)
            return self._at_work()
        for host in hosts:
            self._require_turn(host)
        with ThreadPoolExecutor(max_workers=len(hosts)) as threads:
            outcomes = list(threads.map(lambda told: self.run_hook(hook, told), facts))
        stopped = None
        for host, outcome in zip(hosts, outcomes, strict=True):
            self._end_work(host, outcome)
            if not outcome.succeeded:
                reason = f"the hook failed on {names.of(host)}: {outcome.detail}"
                stopped = stopped or Stopped(reason=reason, may_go_on=False)
        return stopped

    def _require_turn(self, host: EntityRef) -> None:
        """Right before its hook: nobody has taken over meanwhile, as happens to a process that was frozen."""
        self.journal.require_hold()
        if host not in self._in(TurnState.WORKING):
            raise LeaseLost(f"another process has taken over the work on {host}: its hook is not run")

    def _wait_for_a_person(self, hosts: list[EntityRef]) -> Stopped | None:
        if self.waits:
            for host in hosts:
                self.tell(f"{self._name(host)} is in maintenance mode: do the work on it and take it out again")
        left = list(hosts)
        while left:
            try:
                inventory = self.world.source.read()
            except InventoryError:
                inventory = None  # vCenter does not answer for a while: a person's work takes longer
            for host in tuple(left):
                if inventory is not None and not is_in_maintenance(inventory, host):
                    self.turn(host, TurnState.BACK, "taken out of maintenance mode by somebody")
                    left.remove(host)
            if left and (self.stop() or not self.waits):
                told = f"{self._name(left[0])} is in maintenance mode until a person has worked on it and takes it back"
                return Stopped(reason=told, may_go_on=True, is_waiting=True)
            self.look()
            if left:
                self.world.clock.sleep(self.patience.poll_s)
        return None

    def _bring_back(self, before: Turn) -> Stopped | None:
        host, was_leaving = before.host, before.state is TurnState.LEAVING
        with self.journal.acting((host.vcenter,)):
            if not was_leaving:
                self.turn(host, TurnState.LEAVING)
            reach(Failpoint.AFTER_LEAVE_INTENT)
            outcome = leave_maintenance_mode(
                host,
                leaving_operation_id(self.campaign.id, host),
                source=self.world.source,
                migrator=self.world.migrator,
                clock=self.world.clock,
                require_hold=self.journal.require_hold,
                stop=self.stop,
                patience=self.patience,
                intended_at=before.changed_at if was_leaving else None,
            )
        reach(Failpoint.BEFORE_LEAVE_OUTCOME)
        if outcome.state is StepState.DONE:
            self.turn(host, TurnState.BACK, outcome.detail)
            self.tell(f"{self._name(host)} is back")
            self.look()
            return None
        if outcome.state is StepState.FAILED:
            self.turn(host, TurnState.FAILED, outcome.detail)
        reason = f"{self._name(host)} did not leave maintenance mode: {outcome.detail}"
        return Stopped(reason=reason, may_go_on=outcome.state is not StepState.FAILED)

    def _turns(self) -> tuple[Turn, ...]:
        return self.journal.campaigns.turns(self.campaign.id)

    def _in(self, state: TurnState) -> list[EntityRef]:
        return [turn.host for turn in self._turns() if turn.state is state]

    def _name(self, host: EntityRef) -> str:
        try:
            return Names(self.world.source.read()).of(host)
        except InventoryError:
            return str(host)
