"""What APScheduler does to jobs by default would lose or double work; here it runs as the service sets it up."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from recommender.service import daemon
from recommender.service.daemon import TICK, scheduler_of, serve
from recommender.service.leading.branch import Branch
from recommender.service.over_http.metrics import TurnCounts
from recommender.service.worker import Worker
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import Stage, an_evacuation, settings, the_only_part


@dataclass
class Calls:
    """What the worker was asked to do, and how much of it at one time."""

    begun: list[str] = field(default_factory=list)
    at_work: int = 0
    most_at_work: int = 0
    goes_on: threading.Event = field(default_factory=threading.Event)

    def of(self, name: str) -> None:
        self.begun.append(name)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        self.goes_on.wait(30)
        self.at_work -= 1


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Instead of work."""
    called = Calls()
    for name in ("turn", "follow", "do_what_is_due", "look_ahead"):
        monkeypatch.setattr(Worker, name, lambda _, name=name: called.of(name))
    return called


@pytest.fixture
def scheduler(calls: Calls) -> Iterator[BackgroundScheduler]:
    """Of one worker with an evacuation; nothing is due yet."""
    of, stage = settings(evacuation=(an_evacuation(),)), Stage()
    (part,) = the_only_part(of, stage.world, stage.journal)
    made = scheduler_of([Branch.of(part, "one", threading.Event(), TurnCounts(), PATIENCE)])
    made.start(paused=True)
    try:
        yield made
    finally:
        calls.goes_on.set()
        made.shutdown()


def until(condition: object) -> None:
    assert callable(condition)
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("never")


def test_what_was_due_long_ago_and_all_at_once_is_done_and_each_once(
    scheduler: BackgroundScheduler, calls: Calls
) -> None:
    calls.goes_on.set()
    for job in scheduler.get_jobs():  # an hour of polls, the evacuation, and what is looked at before it
        job.modify(next_run_time=datetime.now(UTC) - timedelta(hours=1))
    scheduler.resume()
    until(lambda: len(calls.begun) == 4)
    assert sorted(calls.begun) == ["do_what_is_due", "follow", "look_ahead", "turn"]


def test_a_worker_that_is_busy_for_long_is_not_doubled_and_the_ticks_go_on(
    scheduler: BackgroundScheduler, calls: Calls
) -> None:
    ticked: list[int] = []
    scheduler.add_job(lambda: ticked.append(1), "interval", seconds=3600, id=TICK)
    scheduler.resume()
    until(lambda: calls.begun == ["turn"])
    for job in (daemon.POLL, "follow", daemon.POLL, "follow", TICK):
        scheduler.modify_job(job, next_run_time=datetime.now(UTC))
        time.sleep(0.02)
    until(lambda: ticked)
    assert calls.begun == ["turn"], "its thread is taken: what is due waits"
    calls.goes_on.set()
    until(lambda: calls.begun == ["turn", "follow"])
    assert calls.most_at_work == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_scheduler_whose_thread_dies_of_its_own_store_ends_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(MemoryJobStore, "update_job", fail)
    monkeypatch.setattr(daemon, "WATCH_S", 0.02)
    part = the_only_part(settings(balance=False), Stage().world, Stage().journal)
    with pytest.raises(RuntimeError, match="the scheduler's thread has died"):
        serve(part, threading.Event(), patience=PATIENCE)
