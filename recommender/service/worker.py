"""The service's one worker: it settles, does what is due at set times, balances, and goes on after errors."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.errors import ActsElsewhere, HandedOver, JournalError, LeaseLost, RecommenderError
from recommender.policy import AutomationLevel
from recommender.service.audit_anchor import AuditAnchor
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.balancing import balance
from recommender.service.balancing.others import Others
from recommender.service.campaigns.ahead import LooksAhead
from recommender.service.campaigns.at_set_times import KIND as CAMPAIGN
from recommender.service.decision_log import log_settled
from recommender.service.evacuations import evacuation
from recommender.service.evacuations.decided_ahead import AHEAD, Ahead, DecidedAhead
from recommender.service.evacuations.timed import run_timed_evacuation
from recommender.service.learnt_calibration import Teacher
from recommender.service.open_flights import OpenFlights
from recommender.service.open_steps import settle_open_steps
from recommender.service.over_http.metrics import TurnCounts
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.calendar import Calendar
from recommender.service.set_times.due import job_of, look
from recommender.service.set_times.due_times import due_times
from recommender.service.set_times.kept_files import keep_file
from recommender.service.set_times.names import ScheduleNames
from recommender.service.set_times.occurrence import OpenOccurrence, write_down
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings, ScheduleSettings, TimedSettings
from recommender.settings.settings import Settings


class Worker:
    """What is done at each tick; never called by two threads at once. No error of one turn ends the next."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        journal: ServiceJournal,
        stop: Callable[[], bool],
        *,
        name: str = "",
        patience: Patience = DEFAULT_PATIENCE,
        hooks: BackgroundHooks | None = None,
        turns: TurnCounts | None = None,
        ahead: timedelta = AHEAD,
    ) -> None:
        """``name`` tells this process from others on the same journal; ``turns`` may count those of several workers.

        ``ahead``: so long before an evacuation is due it is decided.
        """
        self.log: Any = structlog.get_logger()
        self._settings, self._journal, self._stop = settings, journal, stop
        calendar = Calendar(settings.calendar)
        self._world = replace(world, source=OpenFlights(world.source, journal), calendar=calendar)
        self._patience, self._name, self._ahead = patience, name, Ahead(ahead)
        self._hooks = hooks or BackgroundHooks()
        self._at_work: dict[str, OpenOccurrence] = {}  # by job: hooks of it run beside the worker
        self._teacher = Teacher(settings.journal.url, journal, settings.policy.migration)
        self._others = Others()
        self.turns = turns or TurnCounts()
        self._at_turn, self._campaigns = False, LooksAhead()
        self._names = ScheduleNames(journal)
        self._anchor = AuditAnchor(journal)
        self._has_begun = False
        self._next_settings: Settings | None = None
        self._removed_on: date | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that should not be interrupted without need."""
        return self._at_turn or self._hooks.are_running or self._journal.is_acting

    def use(self, settings: Settings, told: str) -> None:
        """From the next turn on work with these; what is under way ends with the old ones. ``told`` is recorded."""
        self._next_settings = settings
        if told:
            self._record("reload", "done", told)

    def refuse(self, problem: str) -> None:
        """A changed configuration was not taken up."""
        self._record("reload", "failed", " ".join(problem.split()))

    def begin(self) -> None:
        """Tell what will be done, and settle what a former run left open."""
        policy = self._settings.policy
        self.log.info(
            "serving",
            vcenters=[vcenter.name for vcenter in self._settings.vcenter],
            automation_level=policy.automation_level.value,
            poll_interval_s=self._settings.serve.poll_interval_s,
            next={job_of(one): self._next(one) for one in self.timed},
        )
        if policy.automation_level is AutomationLevel.MANUAL and self._settings.evacuation:
            self.log.warning("evacuations are only planned: the automation level is manual")
        if self._stop():
            return  # another daemon leads, and looks after it
        self._settle()

    def _settle(self) -> None:
        self._guarded(
            "recovery",
            lambda: log_settled(
                settle_open_steps(self._world, self._journal, stop=self._stop, patience=self._patience, follow=False)
            ),
        )

    def turn(self) -> None:
        """``begin`` the first time (it may take as long as a migration: the lease is renewed meanwhile), ``poll``."""
        if not self._has_begun:
            self._has_begun = True
            self.begin()
        self.poll()

    def poll(self) -> None:
        """One turn: what is due at set times first, then the recommendation; nothing while standing by."""
        self.do_what_is_due()
        if self._stop():
            return
        due = [next(due_times(one, self._world.clock.now()), None) for one in self.timed]

        def stop() -> bool:
            # What is done at set times has a window; what balancing has left to do can wait.
            return self._stop() or any(time is not None and self._world.clock.now() >= time for time in due)

        self._guarded(balance.KIND, lambda: self._balance(stop, None))
        self._remove_what_is_old()
        self.look_ahead()

    def follow(self) -> None:
        """Between polls: look at what was left to itself, and go on with what waits for them."""
        try:
            is_open = self._hooks.are_at_work or bool(self._journal.open_steps() or self._journal.open_host_calls())
        except JournalError:
            return  # the next turn tells
        if is_open and not self._stop():
            self._settle()
            self.do_what_is_due()

    def look_ahead(self) -> None:
        """Decide about what is due soon, and propose what wants an approval before it is."""
        for job, propose in self._campaigns.due(self._settings, self._world.clock.now()):
            if not self._stop() and job in self._names.ours(self._settings, self._world):
                self._guarded(CAMPAIGN, partial(propose, self._world, self._journal, taught=self._teacher.taught))
        self._ahead.look(self._settings.evacuation, self._world.clock.now(), self._stop, self._decide_ahead)

    def _decide_ahead(self, timed: EvacuationSettings, due: datetime) -> DecidedAhead:
        return evacuation.decided_ahead(
            self._settings, timed, self._open(timed, due), self._world, self._journal, taught=self._teacher.taught
        )

    def _take_up_settings(self) -> None:
        new, self._next_settings = self._next_settings, None
        if new is not None:
            self._ahead.forget()
            self._campaigns = LooksAhead()
            self._settings = new
            self._world = replace(self._world, calendar=Calendar(new.calendar))
            self._teacher = Teacher(new.journal.url, self._journal, new.policy.migration)

    def do_what_is_due(self) -> None:
        """Each evacuation and schedule that is to run now, and what has become of its earlier times."""
        self._take_up_settings()
        for occurrence in tuple(self._at_work.values()):
            if not self._stop():
                self._run(evacuation.KIND, replace(occurrence, is_cut_off=True))
        ours = self._names.ours(self._settings, self._world) if not self._stop() else ()
        for timed in self.timed:
            if self._stop():
                return
            if job_of(timed) in self._at_work or job_of(timed) not in ours:
                continue  # its work on hosts is followed to its end, after the window as well
            kind = timed.kind if isinstance(timed, ScheduleSettings) else evacuation.KIND
            try:
                due = look(timed, self._journal, self._world.clock.now())
                write_down(timed, due, self._journal, self._world.clock.now(), self._name)
            except JournalError as error:
                self.log.error("what is due cannot be told", job=job_of(timed), error=str(error))
                continue
            if due.at is not None:
                self._run(kind, self._open(timed, due.at, is_cut_off=due.is_cut_off))

    def _open(self, timed: TimedSettings, due: datetime, *, is_cut_off: bool = False) -> OpenOccurrence:
        return OpenOccurrence(
            timed=timed,
            due=due,
            by=self._name,
            is_cut_off=is_cut_off,
            journal=self._journal,
            clock=self._world.clock,
        )

    def _run(self, kind: str, occurrence: OpenOccurrence) -> None:
        ended: list[bool] = []
        self._guarded(kind, lambda: ended.append(occurrence.run(self._work, self._stop)))
        job = job_of(occurrence.timed)
        if ended == [False] and self._hooks.work_for(job):
            self._at_work[job] = occurrence
        else:
            self._at_work.pop(job, None)

    @property
    def settings_to_come(self) -> Settings:
        """Those of its next turn."""
        return self._next_settings or self._settings

    @property
    def timed(self) -> tuple[TimedSettings, ...]:
        """What it does at set times."""
        return (*self._settings.evacuation, *self._settings.schedule)

    def _remove_what_is_old(self) -> None:
        keep_days, now = self._settings.journal.keep_days, self._world.clock.now()
        if keep_days is None or self._removed_on == now.date():
            return
        self._removed_on = now.date()
        self._guarded("retention", lambda: self._journal.remove_before(now - timedelta(days=keep_days), now))

    def _next(self, timed: TimedSettings) -> str | None:
        due = next(due_times(timed, self._world.clock.now()), None)
        return None if due is None else f"{due:%Y-%m-%d %H:%M UTC}"

    def _work(self, occurrence: OpenOccurrence) -> str | None:
        timed = occurrence.timed
        if isinstance(timed, EvacuationSettings):
            return run_timed_evacuation(
                self._settings,
                timed,
                occurrence,
                self._world,
                self._journal,
                stop=self._stop,
                taught=self._teacher.taught,
                background=self._hooks,
                patience=self._patience,
                ahead=self._ahead.take(timed, occurrence.due),
            )
        if isinstance(timed, ScheduleSettings) and timed.kind != "balance":
            return keep_file(self._settings, timed, occurrence, self._world, self._journal)
        return self._balance(self._stop, occurrence)

    def _balance(self, stop: Callable[[], bool], occurrence: OpenOccurrence | None) -> str | None:
        return balance.run_cycle(
            self._settings,
            self._world,
            self._journal,
            stop=stop,
            hand_over=stop,
            taught=self._teacher.taught,
            patience=self._patience,
            occurrence=occurrence,
            others=self._others,
        )

    def _guarded(self, kind: str, work: Callable[[], object]) -> None:
        result, self._at_turn = "failed", True
        structlog.contextvars.bind_contextvars(turn=uuid4().hex[:12])
        try:
            work()
            result = "done"
        except HandedOver as left:
            self.log.info("handed over", kind=kind, told=str(left))
            self._record(kind, "handed over", str(left))
            result = "done"
        except (ActsElsewhere, LeaseLost) as error:
            event = "another daemon leads now" if isinstance(error, LeaseLost) else "waiting for another process"
            self.log.warning(event, kind=kind, told=str(error))
            self._record(kind, "handed over", str(error))
            result = "done"
        except RecommenderError as error:
            self.log.error("a turn failed", kind=kind, error=str(error), error_kind=type(error).__name__)
            self._record(kind, "failed", str(error))
        except Exception as error:  # a defect of one turn must not end the service
            self.log.exception("a turn failed by a defect", kind=kind)
            self._record(kind, "failed", f"{type(error).__name__}: {error}")
        self.turns.count(kind, result, self._world.clock.now())
        self._anchor.look(self._settings.audit)
        self._at_turn = False
        structlog.contextvars.unbind_contextvars("turn")

    def _record(self, kind: str, status: str, detail: str) -> None:
        with suppress(JournalError):
            self._journal.record_cycle(self._world.clock.now(), kind, status, detail)
