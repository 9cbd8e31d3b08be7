"""The long-running service: it leads or stands by, and lets its workers do what the scheduler says is due."""

import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from recommender.actuation.patience import SERVICE_PATIENCE, Patience
from recommender.errors import JournalError
from recommender.journal.lease import new_holder
from recommender.service.evacuations.decided_ahead import AHEAD
from recommender.service.leading.branch import Branch, Part
from recommender.service.leading.sharing import Sharing
from recommender.service.leading.territories import crossed_apart
from recommender.service.over_http.control import Control
from recommender.service.over_http.health import answering_health
from recommender.service.over_http.metrics import TurnCounts
from recommender.service.over_http.own_health import health_of
from recommender.service.reload import Reload
from recommender.service.sd_notify import sd_notify
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.due import job_of
from recommender.service.set_times.triggers import DueTrigger

SCHEDULER_THREAD: Final = "APScheduler"
POLL: Final = "poll"
TICK: Final = "tick"
FOLLOW_S: Final = 15.0
WATCH_S: Final = 1.0
TICK_S: Final = 2.0
SILENT_LOOKS: Final = 8  # counted, not timed: a process that was frozen has not been silent
LOOKS_UNTIL_DEAD: Final = 60


def serve(
    parts: Sequence[Part],
    stop: threading.Event,
    *,
    reload: Reload | None = None,
    control: Control | None = None,
    patience: Patience = SERVICE_PATIENCE,
) -> None:
    """Work where the leases are ours, until ``stop`` is set; then start nothing more, leave what runs, and return.

    What runs is open in the journal for the next process, which gets the leases at once. The scheduler says only
    *when*; the workers look at the clock and the journal themselves. It waits for a time of the wall clock, so where
    that is set back it is told all anew. Raises ``RuntimeError`` if its thread dies or starts nothing any more, or if
    it leads vCenters apart between which a migration is open, so that whoever supervises the process starts it anew.
    """
    holder, turns = new_holder(), TurnCounts()
    branches = [Branch.of(part, holder, stop, turns, patience) for part in parts]
    settings, journal = parts[0].territory.settings, parts[0].journal
    reload = reload or Reload(settings=settings)
    sharing = Sharing(journal.presence, holder, tuple(branch.share for branch in branches))
    sharing.keep()
    # A job that is still at work when it is due again is simply not started twice: nothing to be told about.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler, ticks = scheduler_of(branches), _Ticks()
    scheduler.add_job(ticks.tick, IntervalTrigger(seconds=TICK_S, timezone=UTC), id=TICK)
    scheduler.start()
    log: Any = structlog.get_logger()
    try:
        with ExitStack() as stack:
            if settings.serve.health_port is not None:
                health = health_of(branches, turns, journal, reload, _scheduler_lives)
                serving = answering_health(health, settings.serve.health_port, settings.http, control)
                log.info("answering", address=stack.enter_context(serving))
            sd_notify("READY=1")
            while not stop.wait(min(WATCH_S, *(branch.leadership.pause_s for branch in branches))):
                if not _scheduler_lives():
                    raise RuntimeError("the scheduler's thread has died")
                silent_looks = ticks.silent_looks()
                if silent_looks > LOOKS_UNTIL_DEAD:
                    raise RuntimeError("the scheduler does not tick any more")
                if silent_looks == SILENT_LOOKS:
                    log.warning("the scheduler is silent, the clock may have been set back: all is planned anew")
                    _plan_anew(scheduler, branches)
                anew = sharing.keep()
                if anew and (crossed := _crossed_apart(journal, branches)):
                    raise RuntimeError(f"a migration between {crossed} is open, which are led apart here")
                for branch in branches:
                    if branch.name in anew or (branch.leadership.is_ours and branch.is_something_asked_for()):
                        scheduler.modify_job(branch.job(POLL), next_run_time=datetime.now(UTC))
                _take_up_changes(reload, branches, scheduler)
                sd_notify("WATCHDOG=1")
    finally:
        stop.set()
        sd_notify("STOPPING=1")
        scheduler.shutdown(wait=True)
        sharing.give_up()
        log.info("stopped")


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


def scheduler_of(branches: Sequence[Branch]) -> BackgroundScheduler:
    """One that starts each worker's jobs, one at a time."""
    workers = {branch.job("worker"): ThreadPoolExecutor(1) for branch in branches}
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # One thread a worker: nothing acts beside it in its territory, however long it takes. Ticks go on meanwhile.
        executors={"default": ThreadPoolExecutor(1)} | workers,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for branch in branches:
        _plan_jobs(scheduler, branch)
    return scheduler


def _plan_jobs(scheduler: BackgroundScheduler, branch: Branch) -> None:
    worker, own = branch.worker, branch.job("worker")
    settings = worker.settings_to_come
    interval = IntervalTrigger(seconds=settings.serve.poll_interval_s, timezone=UTC)
    follow = IntervalTrigger(seconds=FOLLOW_S, timezone=UTC)
    scheduler.add_job(worker.turn, interval, id=branch.job(POLL), executor=own, next_run_time=datetime.now(UTC))
    scheduler.add_job(worker.follow, follow, id=branch.job("follow"), executor=own)
    for timed in (*settings.evacuation, *settings.schedule):
        scheduler.add_job(worker.do_what_is_due, DueTrigger(timed), id=job_of(timed), executor=own)
    for timed in settings.evacuation:
        before = DueTrigger(timed, AHEAD)
        scheduler.add_job(worker.look_ahead, before, id=f"before {job_of(timed)}", executor=own)


def _take_up_changes(reload: Reload, branches: Sequence[Branch], scheduler: BackgroundScheduler) -> None:
    failed = reload.failed
    new = reload.look()
    if reload.failed > failed:
        branches[0].worker.refuse(reload.problem or "")
    if new is None:
        return
    for number, (branch, territory) in enumerate(zip(branches, reload.territories(new), strict=True)):
        branch.worker.use(territory.settings, "" if number else "the changed configuration was taken up")
    _plan_anew(scheduler, branches)


def _plan_anew(scheduler: BackgroundScheduler, branches: Sequence[Branch]) -> None:
    for job in scheduler.get_jobs():
        if job.id != TICK:
            job.remove()
    scheduler.modify_job(TICK, next_run_time=datetime.now(UTC))
    for branch in branches:
        _plan_jobs(scheduler, branch)


def _crossed_apart(journal: ServiceJournal, branches: Sequence[Branch]) -> str | None:
    try:
        return crossed_apart(journal.open_steps(), [branch.part.territory for branch in branches])
    except JournalError:
        return None  # the workers tell


def _scheduler_lives() -> bool:
    return any(thread.name == SCHEDULER_THREAD for thread in threading.enumerate())
