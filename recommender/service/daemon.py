"""The long-running service: it leads or stands by, and lets its worker do what the scheduler says is due."""

import logging
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from recommender.actuation.patience import SERVICE_PATIENCE, Patience
from recommender.errors import JournalError
from recommender.service.control import Control
from recommender.service.due import job_of
from recommender.service.health import Health, answering_health
from recommender.service.leadership import Leadership, leader_leases
from recommender.service.metrics import metrics_text
from recommender.service.reload import Reload
from recommender.service.sd_notify import sd_notify
from recommender.service.service_journal import ServiceJournal
from recommender.service.triggers import DueTrigger
from recommender.service.worker import Worker
from recommender.service.world import World
from recommender.settings.settings import Settings

SCHEDULER_THREAD: Final = "APScheduler"
POLL: Final = "poll"
FOLLOW_S: Final = 15.0
WATCH_S: Final = 1.0
TICK_S: Final = 2.0
SILENT_LOOKS: Final = 60  # counted, not timed: a process that was frozen has not been silent


def serve(
    settings: Settings,
    world: World,
    journal: ServiceJournal,
    stop: threading.Event,
    *,
    reload: Reload | None = None,
    control: Control | None = None,
    patience: Patience = SERVICE_PATIENCE,
) -> None:
    """Work while the lease is ours, until ``stop`` is set; then start nothing more, leave what runs, and return.

    What runs is open in the journal for the next process, which gets the lease at once. The scheduler says only *when*;
    the worker looks at the clock and the journal itself. Raises ``RuntimeError`` if the scheduler's thread dies or
    starts nothing any more, so that whoever supervises the process starts it anew.
    """
    reload = reload or Reload(settings=settings)
    leadership = Leadership([journal.lease(name) for name in leader_leases(world.vcenters or ())])
    journal.fences = leadership.leases
    leadership.keep()
    worker = Worker(
        settings,
        world,
        journal,
        lambda: stop.is_set() or not leadership.is_ours,
        name=leadership.holder,
        patience=patience,
    )
    # A job that is still at work when it is due again is simply not started twice: nothing to be told about.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler, ticks = _scheduler(settings, worker), _Ticks()
    scheduler.add_job(ticks.tick, IntervalTrigger(seconds=TICK_S, timezone=UTC), executor="ticks", id="tick")
    scheduler.start()
    health = _health(worker, leadership, journal, reload, world)
    try:
        with ExitStack() as stack:
            if settings.serve.health_port is not None:
                serving = answering_health(health, settings.serve.health_port, settings.http, control)
                worker.log.info("answering", address=stack.enter_context(serving))
            sd_notify("READY=1")
            while not stop.wait(min(WATCH_S, leadership.pause_s)):
                if not _scheduler_lives():
                    raise RuntimeError("the scheduler's thread has died")
                if ticks.silent_looks() > SILENT_LOOKS:
                    raise RuntimeError("the scheduler does not tick any more, its clock may have been set back")
                if leadership.keep() or (leadership.is_ours and _is_something_asked_for(journal)):
                    scheduler.modify_job(POLL, next_run_time=datetime.now(UTC))
                _take_up_changes(reload, worker, scheduler)
                sd_notify("WATCHDOG=1")
    finally:
        stop.set()
        sd_notify("STOPPING=1")
        scheduler.shutdown(wait=True)
        leadership.give_up()
        worker.log.info("stopped")


class _Ticks:
    """Shows that the scheduler starts jobs: its thread may live and start none."""

    def __init__(self) -> None:
        self._ticked, self._silent = threading.Event(), 0

    def tick(self) -> None:
        """The scheduler has started this."""
        self._ticked.set()

    def silent_looks(self) -> int:
        """How many looks in a row have seen no tick, this one included."""
        self._silent = 0 if self._ticked.is_set() else self._silent + 1
        self._ticked.clear()
        return self._silent


def _scheduler(settings: Settings, worker: Worker) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # One worker: nothing acts beside it, however long it takes. Ticks go on meanwhile.
        executors={"default": ThreadPoolExecutor(1), "ticks": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    _plan_jobs(scheduler, settings, worker)
    return scheduler


def _plan_jobs(scheduler: BackgroundScheduler, settings: Settings, worker: Worker) -> None:
    interval = IntervalTrigger(seconds=settings.serve.poll_interval_s, timezone=UTC)
    scheduler.add_job(worker.turn, interval, id=POLL, next_run_time=datetime.now(UTC))
    scheduler.add_job(worker.follow, IntervalTrigger(seconds=FOLLOW_S, timezone=UTC), id="follow")
    for timed in (*settings.evacuation, *settings.schedule):
        scheduler.add_job(worker.do_what_is_due, DueTrigger(timed), id=job_of(timed))


def _take_up_changes(reload: Reload, worker: Worker, scheduler: BackgroundScheduler) -> None:
    failed = reload.failed
    new = reload.look()
    if reload.failed > failed:
        worker.refuse(reload.problem or "")
    if new is None:
        return
    worker.use(new, "the changed configuration was taken up")
    for job in scheduler.get_jobs():
        if job.id != "tick":
            job.remove()
    _plan_jobs(scheduler, new, worker)


def _is_something_asked_for(journal: ServiceJournal) -> bool:
    try:
        return bool(journal.occurrences.asked())
    except JournalError:
        return False  # the worker tells


def _scheduler_lives() -> bool:
    return any(thread.name == SCHEDULER_THREAD for thread in threading.enumerate())


def _health(worker: Worker, leadership: Leadership, journal: ServiceJournal, reload: Reload, world: World) -> Health:
    vcenters = sorted(world.vcenters or ())

    def metrics() -> str:
        head = journal.audit.head()
        return metrics_text(
            worker.turns,
            is_leader=leadership.is_ours,
            vcenters=vcenters,
            is_paused=journal.orders.pause() is not None,
            is_braked=journal.orders.brake() is not None,
            reloads=(reload.succeeded, reload.failed),
            is_configuration_current=reload.problem is None,
            proposals=len(journal.proposals.open(datetime.now(UTC))),
            steps=journal.step_counts(),
            open_recommendations=len(journal.recommendations.open()),
            audit_entries=0 if head is None else head.number,
            reading=world.counts,
        )

    # One that stands by is ready as well: it is there to take over.
    return Health(
        is_alive=_scheduler_lives,
        is_ready=_scheduler_lives,
        metrics=metrics,
        role=lambda: (
            f"{'leads' if leadership.is_ours else 'stands by'}{' in ' if vcenters else ''}{', '.join(vcenters)}"
        ),
    )
