"""The scheduler says only when: a silent one is told all anew, and one that is dead ends the service."""

import threading

import pytest

from recommender.inventory.inventory import Inventory
from recommender.policy import AutomationLevel
from recommender.service import daemon
from recommender.service.daemon import scheduler_of, serve
from recommender.service.leading.branch import Branch
from recommender.service.over_http.metrics import TurnCounts
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import Stage, an_evacuation, settings, the_only_part


def test_a_scheduler_that_died_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "SCHEDULER_THREAD", "no thread has this name")
    monkeypatch.setattr(daemon, "WATCH_S", 0.0)
    with pytest.raises(RuntimeError, match="has died"):
        serve(
            the_only_part(settings(balance=False), Stage().world, Stage().journal), threading.Event(), patience=PATIENCE
        )


def test_a_scheduler_that_lives_and_starts_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "TICK_S", 3600.0)
    monkeypatch.setattr(daemon, "WATCH_S", 0.01)
    monkeypatch.setattr(daemon, "LOOKS_UNTIL_DEAD", 3)
    with pytest.raises(RuntimeError, match="does not tick any more"):
        serve(
            the_only_part(settings(balance=False), Stage().world, Stage().journal), threading.Event(), patience=PATIENCE
        )


def test_a_scheduler_whose_clock_was_set_back_is_told_all_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "TICK_S", 3600.0)  # as if the next tick had gone an hour away
    monkeypatch.setattr(daemon, "WATCH_S", 0.01)
    monkeypatch.setattr(daemon, "SILENT_LOOKS", 3)
    stage, stop, polls = Stage(), threading.Event(), []

    class Counted:
        def read(self) -> Inventory:
            polls.append(1)
            if len(polls) == 3:
                stop.set()
            return stage.datacenter.read()

    world = type(stage.world)(source=Counted(), migrator=stage.datacenter, clock=stage.clock)
    serve(the_only_part(settings(AutomationLevel.MANUAL), world, stage.journal), stop, patience=PATIENCE)
    assert len(polls) >= 3, "each time it was found silent it polled at once"


def test_the_scheduler_says_only_when_in_memory_and_lets_no_time_pass_unseen() -> None:
    of, stage = settings(evacuation=(an_evacuation(),)), Stage()
    (part,) = the_only_part(of, stage.world, stage.journal)
    scheduler = scheduler_of([Branch.of(part, "one", threading.Event(), TurnCounts(), PATIENCE)])
    scheduler.start(paused=True)
    try:
        jobs = scheduler.get_jobs()
        assert {job.id for job in jobs} == {"poll", "follow", "evacuation monday", "before evacuation monday"}
        assert {(job.coalesce, job.max_instances, job.misfire_grace_time) for job in jobs} == {(True, 1, None)}
        assert [type(store).__name__ for store in scheduler._jobstores.values()] == ["MemoryJobStore"]
        assert scheduler._executors["worker"]._pool._max_workers == 1
    finally:
        scheduler.shutdown()
