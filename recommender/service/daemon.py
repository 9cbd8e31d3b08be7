"""The long-running service: one worker that settles, evacuates when due, balances, and goes on after errors."""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.errors import HandedOver, JournalError, RecommenderError
from recommender.journal.audit_anchor import write_anchor
from recommender.policy import AutomationLevel
from recommender.service import balance, evacuation
from recommender.service.decision_log import log_settled
from recommender.service.health import LOOPBACK, Health, answering_health
from recommender.service.leadership import LEADER, Leadership
from recommender.service.learnt_calibration import Teacher
from recommender.service.metrics import TurnCounts, metrics_text
from recommender.service.open_steps import settle_open_steps
from recommender.service.sd_notify import sd_notify
from recommender.service.service_journal import ServiceJournal
from recommender.service.triggers import CronTrigger, next_time
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings

SCHEDULER_THREAD: Final = "APScheduler"
POLL: Final = "poll"
WATCH_S: Final = 1.0


def serve(
    settings: Settings,
    world: World,
    journal: ServiceJournal,
    stop: threading.Event,
    *,
    patience: Patience = DEFAULT_PATIENCE,
) -> None:
    """Work while the lease is ours, until ``stop`` is set; then start nothing more, leave what runs, and return.

    What runs is open in the journal for the next process, which gets the lease at once. The scheduler says only *when*;
    the worker looks at the clock and the journal itself. Raises ``RuntimeError`` if
    the scheduler's thread dies, so that whoever supervises the process starts it anew.
    """
    leadership = Leadership(journal.lease(LEADER))
    leadership.keep()
    worker = Worker(settings, world, journal, lambda: stop.is_set() or not leadership.is_ours, patience=patience)
    # A job that is still at work when it is due again is simply not started twice: nothing to be told about.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = _scheduler(settings, worker)
    scheduler.start()
    health = _health(worker, leadership, journal)
    try:
        with ExitStack() as stack:
            if settings.serve.health_port is not None:
                port = stack.enter_context(answering_health(health, settings.serve.health_port))
                worker.log.info("answering", address=f"http://{LOOPBACK}:{port}")
            sd_notify("READY=1")
            while not stop.wait(min(WATCH_S, leadership.pause_s)):
                if not _scheduler_lives():
                    raise RuntimeError("the scheduler's thread has died")
                if leadership.keep():
                    scheduler.modify_job(POLL, next_run_time=datetime.now(UTC))
                sd_notify("WATCHDOG=1")
    finally:
        stop.set()
        sd_notify("STOPPING=1")
        scheduler.shutdown(wait=True)
        leadership.give_up()
        worker.log.info("stopped")


class Worker:
    """What is done at each tick; never called by two threads at once. No error of one turn ends the next."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        journal: ServiceJournal,
        stop: Callable[[], bool],
        *,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self.log: Any = structlog.get_logger()
        self._settings, self._world, self._journal, self._stop = settings, world, journal, stop
        self._patience = patience
        self._teacher = Teacher(settings.journal.url, journal.finished, settings.policy.migration)
        self.turns = TurnCounts()
        self._anchored = ""
        self._has_begun = False
        self._handled: set[tuple[str, datetime]] = set()

    def begin(self) -> None:
        """Tell what will be done, and settle what a former run left open."""
        policy = self._settings.policy
        self.log.info(
            "serving",
            vcenters=[vcenter.name for vcenter in self._settings.vcenter],
            automation_level=policy.automation_level.value,
            poll_interval_s=self._settings.serve.poll_interval_s,
            evacuations={one.name: f"{self._next(one):%Y-%m-%d %H:%M UTC}" for one in self._settings.evacuation},
        )
        if policy.automation_level is AutomationLevel.MANUAL and self._settings.evacuation:
            self.log.warning("evacuations are only planned: the automation level is manual")
        if self._stop():
            return  # another daemon leads, and looks after it
        self._guarded(
            "recovery",
            lambda: log_settled(
                settle_open_steps(self._world, self._journal, stop=self._stop, patience=self._patience)
            ),
        )

    def turn(self) -> None:
        """``begin`` the first time (it may take as long as a migration: the lease is renewed meanwhile), ``poll``."""
        if not self._has_begun:
            self._has_begun = True
            self.begin()
        self.poll()

    def poll(self) -> None:
        """One turn: evacuations that are due first, then the recommendation; nothing while standing by."""
        self.evacuate_what_is_due()
        if self._stop():
            return
        due = [self._next(one) for one in self._settings.evacuation]

        def stop() -> bool:
            # An evacuation has a window; what balancing has left to do can wait.
            return self._stop() or any(self._world.clock.now() >= time for time in due)

        self._guarded(
            balance.KIND,
            lambda: balance.run_cycle(
                self._settings,
                self._world,
                self._journal,
                stop=stop,
                hand_over=self._stop,
                taught=self._teacher.taught,
                patience=self._patience,
            ),
        )

    def evacuate_what_is_due(self) -> None:
        """Each evacuation whose window is open and that was not handled yet."""
        for one in self._settings.evacuation:
            due = evacuation.due_at(one, self._world.clock.now())
            if due is not None and (one.name, due) not in self._handled and not self._stop():
                self._guarded(evacuation.KIND, lambda one=one, due=due: self._evacuate(one, due))  # type: ignore[misc]

    def _evacuate(self, one: EvacuationSettings, due: datetime) -> None:
        evacuation.run_evacuation(
            self._settings,
            one,
            due,
            self._world,
            self._journal,
            stop=self._stop,
            hand_over=self._stop,
            taught=self._teacher.taught,
            patience=self._patience,
        )
        self._handled.add((one.name, due))

    def _next(self, one: EvacuationSettings) -> datetime:
        return next_time(one.cron, one.time_zone, self._world.clock.now())

    def _guarded(self, kind: str, work: Callable[[], None]) -> None:
        result = "failed"
        try:
            work()
            result = "done"
        except HandedOver as left:
            self.log.info("handed over", kind=kind, told=str(left))
            result = "done"
        except RecommenderError as error:
            self.log.error("a turn failed", kind=kind, error=str(error), error_kind=type(error).__name__)
            self._record_failure(kind, str(error))
        except Exception as error:  # a defect of one turn must not end the service
            self.log.exception("a turn failed by a defect", kind=kind)
            self._record_failure(kind, f"{type(error).__name__}: {error}")
        self.turns.count(kind, result, self._world.clock.now())
        self._anchor_the_audit()

    def _anchor_the_audit(self) -> None:
        path = self._settings.audit.anchor_file
        if path is None:
            return
        try:
            head = self._journal.audit.head()
            if head is not None and head.hash != self._anchored:
                write_anchor(path, head)
                self._anchored = head.hash
        except JournalError as error:
            self.log.error("the audit was not anchored", error=str(error))

    def _record_failure(self, kind: str, detail: str) -> None:
        with suppress(JournalError):
            self._journal.record_cycle(self._world.clock.now(), kind, "failed", detail)


def _scheduler(settings: Settings, worker: Worker) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},  # one worker: nothing acts beside it
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    interval = IntervalTrigger(seconds=settings.serve.poll_interval_s, timezone=UTC)
    scheduler.add_job(worker.turn, interval, id=POLL, next_run_time=datetime.now(UTC))
    for one in settings.evacuation:
        trigger = CronTrigger(one.cron, one.time_zone)
        scheduler.add_job(worker.evacuate_what_is_due, trigger, id=f"evacuation {one.name}")
    return scheduler


def _scheduler_lives() -> bool:
    return any(thread.name == SCHEDULER_THREAD for thread in threading.enumerate())


def _health(worker: Worker, leadership: Leadership, journal: ServiceJournal) -> Health:
    def metrics() -> str:
        head = journal.audit.head()
        return metrics_text(
            worker.turns,
            is_leader=leadership.is_ours,
            is_paused=journal.orders.pause() is not None,
            steps=journal.step_counts(),
            open_recommendations=len(journal.recommendations.open()),
            audit_entries=0 if head is None else head.number,
        )

    # One that stands by is ready as well: it is there to take over.
    return Health(is_alive=_scheduler_lives, is_ready=_scheduler_lives, metrics=metrics)
