"""The service goes on after errors, stops when asked, and does what is due after a restart."""

import re
import socket
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from recommender.errors import ActsElsewhere, InventoryUnavailable, LeaseLost
from recommender.inventory.inventory import Inventory
from recommender.journal.audit_anchor import anchor_problems, read_anchors
from recommender.journal.occurrences import OccurrenceState
from recommender.policy import AutomationLevel, ConcurrencyLimits
from recommender.ports import Order, OrderKind, StepState
from recommender.service.balancing import balance
from recommender.service.daemon import serve
from recommender.service.leading.leadership import LEADER
from recommender.service.over_http.metrics import METRICS
from recommender.service.worker import Worker
from recommender.settings.automation import AuditSettings
from recommender.settings.settings import Settings
from recommender.simulation.failures import Outage
from tests.inventories import ref
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, a_step
from tests.unit.service.stages import DUE, Stage, an_evacuation, settings, the_only_part


def worker(stage: Stage, of: Settings | None = None, **changes: Any) -> Worker:
    stop = changes.pop("stop", lambda: False)
    return Worker(of or settings(), stage.world, stage.journal, stop, patience=PATIENCE)


def test_an_error_of_one_turn_is_logged_and_recorded_and_the_next_goes_on() -> None:
    stage = Stage(failures=[Outage(at_s=0.0, for_s=30.0)])
    working = worker(stage)
    with capture_logs() as logs:
        working.poll()
    assert [entry["log_level"] for entry in logs if entry["event"] == "a turn failed"] == ["error"]
    stage.clock.sleep(30.0)
    working.poll()
    assert stage.cycles[0] == ("balance", "failed", "vCenter does not answer")
    assert stage.sent > 0


def test_a_defect_of_one_turn_does_not_end_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(balance, "run_cycle", broken)
    worker(stage).poll()
    assert stage.cycles == [("balance", "failed", "ZeroDivisionError: division by zero")]


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (LeaseLost("the lease is no longer ours"), "another daemon leads now"),
        (ActsElsewhere("another process is carrying out a plan"), "waiting for another process"),
    ],
)
def test_a_takeover_is_told_as_what_it_is_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, error: Exception, event: str
) -> None:
    stage = Stage()

    def lost(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(balance, "run_cycle", lost)
    working = worker(stage)
    with capture_logs() as logs:
        working.poll()
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [(event, "warning")]
    assert stage.cycles == [("balance", "handed over", str(error))]
    assert working.turns.all() == {("balance", "done"): 1}


def test_an_evacuation_that_was_missed_is_made_up_for_within_its_window_only_once() -> None:
    of = settings(AutomationLevel.FULLY_AUTOMATED, evacuation=(an_evacuation(),), balance=False)
    stage = Stage()
    worker(stage, of).poll()  # from now on it is known
    stage.wait_until(DUE + timedelta(minutes=30))
    worker(stage, of).poll()
    assert stage.left_on("a") == 0
    sent = stage.sent
    worker(stage, of).poll()  # the process was started anew
    assert stage.sent == sent
    assert [kind for kind, _, _ in stage.cycles] == ["poll", "evacuation", "poll", "poll"]


def test_an_evacuation_whose_window_is_over_is_not_made_up_for() -> None:
    of = settings(AutomationLevel.FULLY_AUTOMATED, evacuation=(an_evacuation(),), balance=False)
    stage = Stage()
    worker(stage, of).poll()
    stage.wait_until(DUE + timedelta(minutes=60))
    worker(stage, of).poll()
    assert stage.sent == 0
    assert [kind for kind, _, _ in stage.cycles] == ["poll", "poll"]
    (missed,) = stage.journal.occurrences.last(9)
    assert (missed.state, missed.due_at) == (OccurrenceState.MISSED, DUE)


def test_balancing_makes_way_for_an_evacuation_that_becomes_due() -> None:
    one_at_a_time = replace(settings().policy, limits=ConcurrencyLimits(host_units=1))
    of = settings(policy=one_at_a_time, evacuation=(an_evacuation(hosts=("c",)),))
    stage = Stage()
    of_before = of.model_copy(update={"serve": of.serve.model_copy(update={"balance": False})})
    worker(stage, of_before).poll()  # from now on the evacuation is known
    stage.wait_until(DUE - timedelta(seconds=1))
    stage.journal.cycles.clear()
    working = worker(stage, of)
    working.poll()
    details = [row.outcome.detail for row in stage.journal.rows.values() if row.outcome]
    assert set(details) == {"stop was asked for"}
    (running,) = stage.journal.open_steps()
    assert stage.cycles[-1][:2] == ("balance", "handed over")
    assert stage.clock.now() - DUE < timedelta(seconds=5), "what runs is not waited for"
    working.poll()
    assert [kind for kind, _, _ in stage.cycles][:2] == ["balance", "evacuation"]
    stage.clock.sleep(600)
    working.follow()
    assert stage.journal.open_steps() == ()
    assert stage.journal.rows[running.plan_id, running.number].state is StepState.DONE


def test_after_stop_nothing_is_begun() -> None:
    stage = Stage()
    of = settings(AutomationLevel.FULLY_AUTOMATED, evacuation=(an_evacuation(),))
    stage.wait_until(DUE)
    worker(stage, of, stop=lambda: True).poll()
    assert stage.cycles == []
    assert stage.sent == 0


def test_at_the_start_what_was_left_open_is_settled() -> None:
    stage = Stage()
    now = stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "test", now)
    stage.journal.add_steps(PLAN_ID, [(a_step(stage.datacenter.read(), 1, "v0", "b"), "uuid-v0")], now)
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    stage.clock.sleep(PATIENCE.appear_s)
    worker(stage).begin()
    assert stage.journal.states(PLAN_ID) == {1: StepState.FAILED}


def test_the_real_scheduler_polls_at_once_and_stops_when_asked() -> None:
    stage, stop = Stage(), threading.Event()

    class Told:
        def read(self) -> Inventory:
            try:
                return stage.datacenter.read()
            finally:
                if stage.sent:
                    stop.set()

    world = type(stage.world)(source=Told(), migrator=stage.datacenter, clock=stage.clock)
    before = threading.active_count()
    serve(the_only_part(settings(), world, stage.journal), stop, patience=PATIENCE)
    assert stage.sent > 0
    assert threading.active_count() == before
    assert stage.clock.monotonic() < 10, "what runs is left to the next process"
    running = len(stage.journal.open_steps())
    assert running == stage.sent
    following = worker(stage)
    following.begin()
    assert len(stage.journal.open_steps()) == running, "what still runs is looked at, not waited for"
    stage.clock.sleep(600)
    following.follow()
    (plan_id, *_) = stage.journal.plans
    assert stage.journal.open_steps() == ()
    assert list(stage.journal.states(plan_id).values()).count(StepState.DONE) == running
    assert plan_id in stage.journal.ended_plans


def test_an_unreachable_vcenter_at_the_start_does_not_keep_it_from_serving() -> None:
    stage, stop = Stage(), threading.Event()

    class Never:
        def read(self) -> Inventory:
            stop.set()
            raise InventoryUnavailable("no route to host")

    world = type(stage.world)(source=Never(), migrator=stage.datacenter, clock=stage.clock)
    serve(the_only_part(settings(), world, stage.journal), stop, patience=PATIENCE)
    assert stage.cycles == [("balance", "failed", "no route to host")]
    assert not stage.is_in_maintenance(ref("a"))


def test_one_that_stands_by_does_nothing() -> None:
    stage, stop = Stage(), threading.Event()
    other = stage.journal.lease(LEADER)
    assert other.take()
    threading.Timer(1.5, stop.set).start()
    with capture_logs() as logs:
        serve(the_only_part(settings(), stage.world, stage.journal), stop, patience=PATIENCE)
    assert stage.sent == 0
    assert stage.cycles == []
    assert "standing by" in [entry["event"] for entry in logs]
    assert other.take(), "it took nothing from the one that leads"


def test_what_watches_it_is_answered_and_every_documented_metric_exists() -> None:
    stage, stop = Stage(), threading.Event()
    answers: dict[str, str] = {}

    def ask(entry: dict[str, Any]) -> None:
        for path in ("livez", "readyz", "metrics"):
            with urllib.request.urlopen(f"{entry['address']}/{path}") as answer:  # noqa: S310  # our own http URL
                answers[path] = answer.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{entry['address']}/")  # noqa: S310
        stop.set()

    def told(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        del logger, method
        if event["event"] == "answering":
            threading.Timer(0.5, ask, [dict(event)]).start()
        raise structlog.DropEvent

    structlog.configure(processors=[told])
    try:
        of = settings(AutomationLevel.MANUAL)
        with_port = of.model_copy(update={"serve": of.serve.model_copy(update={"health_port": 0})})
        world = replace(stage.world, vcenters=frozenset({"vc"}))
        serve(the_only_part(with_port, world, stage.journal), stop, patience=PATIENCE)
    finally:
        structlog.reset_defaults()
    assert (answers["livez"], answers["readyz"]) == ("alive\n", "ready leads in vc\n")
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    for name, kind, _ in METRICS:
        assert f"# TYPE recommender_{name} {kind}" in answers["metrics"]
        assert f"`recommender_{name}`" in readme
    assert set(re.findall(r"`recommender_(\w+)`", readme)) == {name for name, _, _ in METRICS}
    assert "recommender_leader 1.0" in answers["metrics"]
    assert 'recommender_vcenter_leader{vcenter="vc"} 1.0' in answers["metrics"]
    labels = re.findall(r'[{,](\w+)="', answers["metrics"])
    assert set(labels) == {"vcenter", "kind", "result", "state"}, "no name of a VM or host, of which there is no end"


def test_systemd_is_told_when_it_is_ready_and_when_it_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, stop = Stage(), threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        threading.Timer(1.5, stop.set).start()
        serve(the_only_part(settings(AutomationLevel.MANUAL), stage.world, stage.journal), stop, patience=PATIENCE)
        channel.setblocking(False)
        told = [channel.recv(100) for _ in range(3)]
    assert told == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_the_audits_head_is_written_down_outside_the_database(tmp_path: Path) -> None:
    stage, anchor = Stage(), tmp_path / "anchors" / "audit"
    of = settings(audit=AuditSettings(anchor_file=anchor))
    for _ in range(2):
        stage.journal.orders.give(Order(kind=OrderKind.RESUME, author="ada", reason="", at=stage.clock.now()))
        worker(stage, of).poll()
    entries = tuple(stage.journal.audit.entries())
    assert len(read_anchors(anchor)) == 2
    assert list(anchor_problems(entries, read_anchors(anchor))) == []
    assert list(anchor_problems(entries[:-1], read_anchors(anchor))) == [
        f"entry {len(entries)} was there once and is gone"
    ]
