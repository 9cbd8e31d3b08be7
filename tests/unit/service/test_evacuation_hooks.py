"""Hooks of a plain evacuation: asked before anything is sent, told of the end; one that fails or hangs is told."""

import http.server
import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.service.background_hooks import BackgroundHooks
from recommender.service.evacuations.evacuation import run_evacuation
from recommender.service.hook_outcome import HookOutcome
from recommender.service.hook_webhook import signature
from recommender.service.hooks import RunHook, run_hook
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.settings.hook import HookSettings
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import DUE, Stage, an_evacuation, settings

PROGRAM = HookSettings(command=("/bin/true",))


class Evacuating:
    """Host ``a`` is emptied; ``asked`` are the facts that hooks got. Each ``turn`` waits for what runs beside it."""

    def __init__(self, run: RunHook | None = None, **hooks: HookSettings) -> None:
        self.stage = Stage()
        self.asked: list[Mapping[str, Any]] = []
        self.says = HookOutcome(succeeded=True, detail="go ahead")
        self.background = BackgroundHooks(run or self._run)
        self.evacuation = an_evacuation(**hooks)
        self.stage.wait_until(DUE)
        self.turns = 0

    def turn(self) -> str | None:
        occurrence = OpenOccurrence(
            timed=self.evacuation,
            due=DUE,
            by="me",
            is_cut_off=self.turns > 0,
            journal=self.stage.journal,
            clock=self.stage.clock,
        )
        self.turns += 1
        told = run_evacuation(
            settings(),
            self.evacuation,
            occurrence,
            self.stage.world,
            self.stage.journal,
            stop=lambda: False,
            background=self.background,
            patience=PATIENCE,
        )
        until = time.monotonic() + 10
        while self.background.are_running and time.monotonic() < until:
            time.sleep(0.005)
        return told

    def _run(self, _: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
        self.asked.append(facts)
        return self.says


def test_nothing_is_sent_before_the_hook_has_said_yes_and_the_end_is_told() -> None:
    evacuating = Evacuating(before=PROGRAM, after=PROGRAM)
    assert evacuating.turn() is None
    assert evacuating.stage.sent == 0
    assert evacuating.turn() is None
    assert evacuating.stage.left_on("a") == 0
    told = evacuating.turn() or ""
    assert told.endswith("10 done; the hook after it: go ahead")
    before, after = evacuating.asked
    assert (before["event"], after["event"]) == ("evacuation_begins", "evacuation_ended")
    assert before["emptied"] == [{"name": "a", "ref": "vc/a"}]
    assert (before["migrations"], before["due"]) == (10, DUE.isoformat())
    assert after["is_complete"] is True
    assert evacuating.stage.sent == 10


def test_a_hook_that_fails_before_it_keeps_everything_where_it_is() -> None:
    evacuating = Evacuating(before=PROGRAM)
    evacuating.says = HookOutcome(succeeded=False, detail="change freeze")
    assert evacuating.turn() is None
    assert evacuating.turn() == "nothing was sent: the hook before it failed: change freeze"
    assert evacuating.stage.sent == 0
    assert not evacuating.background.are_at_work


def test_a_hook_that_fails_after_it_changes_nothing_and_is_told() -> None:
    evacuating = Evacuating(after=PROGRAM)
    evacuating.says = HookOutcome(succeeded=False, detail="no route to the ticket system")
    assert evacuating.turn() is None
    assert (evacuating.turn() or "").endswith("the hook after it: failed: no route to the ticket system")
    assert evacuating.stage.left_on("a") == 0


def test_a_hook_that_hangs_is_ended_after_its_time() -> None:
    hanging = HookSettings(command=("/bin/sleep", "60"), timeout_s=0.2)
    evacuating = Evacuating(run_hook, before=hanging)
    assert evacuating.turn() is None
    assert "it had not ended after 0.2 s and was ended" in (evacuating.turn() or "")
    assert evacuating.stage.sent == 0


def test_a_webhook_that_is_down_lets_nothing_begin_and_one_that_answers_gets_signed_facts(tmp_path: Path) -> None:
    got: list[tuple[str, bytes]] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["X-Recommender-Signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    secret = tmp_path / "secret"
    secret.write_text("hush\n", encoding="utf-8")
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    hook = HookSettings(webhook=f"http://127.0.0.1:{server.server_port}/", secret_file=secret, timeout_s=5)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    answered = Evacuating(run_hook, before=hook)
    answered.turn()
    answered.turn()
    server.shutdown()
    server.server_close()
    thread.join()
    assert answered.stage.left_on("a") == 0
    ((header, body),) = got
    assert header == signature(b"hush", body)
    assert json.loads(body)["evacuation"] == "monday"

    down = Evacuating(run_hook, before=hook)
    assert down.turn() is None
    assert "nothing was sent: the hook before it failed: it could not be reached" in (down.turn() or "")
    assert down.stage.sent == 0


def test_rolling_maintenance_and_campaigns_have_no_such_hooks() -> None:
    with pytest.raises(ValidationError, match="for plain evacuations"):
        an_evacuation(before=PROGRAM, rolling={})
