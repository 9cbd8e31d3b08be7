"""Hooks are run once, without a shell, with a time-out; a webhook is signed and its redirects are not followed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.errors import ConfigurationError
from recommender.service.hook_webhook import signature
from recommender.service.hooks import run_hook
from recommender.settings.hook import HookSettings

FACTS = {"event": "host_ready", "host": {"name": "esx-1; rm -rf /", "ref": "vc/host-1"}}


def a_script(folder: Path, text: str) -> str:
    script = folder / "hook"
    script.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    script.chmod(0o700)
    return str(script)


def test_a_command_gets_the_facts_and_a_minimal_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOMMENDER_PASSWORD", "secret-one")
    hook = HookSettings(
        command=(a_script(tmp_path, f'cat > {tmp_path}/in; env > {tmp_path}/env; echo "$1"'), "$(id) *")
    )
    outcome = run_hook(hook, FACTS)
    assert outcome.succeeded
    assert outcome.detail == "$(id) *"  # an argument, not a program
    assert json.loads((tmp_path / "in").read_text(encoding="utf-8")) == FACTS
    assert "secret-one" not in (tmp_path / "env").read_text(encoding="utf-8")


def test_a_command_that_fails_tells_its_last_line(tmp_path: Path) -> None:
    outcome = run_hook(HookSettings(command=(a_script(tmp_path, "echo first; echo disk full >&2; exit 3"),)), FACTS)
    assert (outcome.succeeded, outcome.detail) == (False, "it ended with 3: disk full")


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    hook = HookSettings(command=(a_script(tmp_path, "sleep 600 & sleep 600"),), timeout_s=0.5)
    outcome = run_hook(hook, FACTS)
    assert not outcome.succeeded
    assert outcome.detail.startswith("it had not ended after")


def test_a_command_that_is_not_there_is_told() -> None:
    outcome = run_hook(HookSettings(command=("/nowhere/hook",)), FACTS)
    assert (outcome.succeeded, outcome.detail) == (False, "/nowhere/hook cannot be started: No such file or directory")


class Receiver(BaseHTTPRequestHandler):
    """Answers 200 to what is signed with *key*, 302 to /elsewhere, else 403."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/")
        else:
            is_signed = self.headers["X-Recommender-Signature"] == signature(b"key", body)
            self.send_response(200 if is_signed and json.loads(body) == FACTS else 403)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "secret", "told"),
    [
        ("/", "key", (True, "it answered 200")),
        ("/", "wrong", (False, "it answered 403: Forbidden")),
        ("/elsewhere", "key", (False, "it answered 302: Found")),
    ],
)
def test_a_webhook_is_signed(address: str, tmp_path: Path, path: str, secret: str, told: tuple[bool, str]) -> None:
    (tmp_path / "secret").write_text(f"{secret}\n", encoding="utf-8")
    outcome = run_hook(HookSettings(webhook=address + path, secret_file=tmp_path / "secret", timeout_s=10), FACTS)
    assert (outcome.succeeded, outcome.detail) == told


def test_a_webhook_that_cannot_be_reached_has_failed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key", encoding="utf-8")
    outcome = run_hook(HookSettings(webhook="http://127.0.0.1:1/", secret_file=tmp_path / "secret"), FACTS)
    assert not outcome.succeeded
    assert outcome.detail.startswith("it could not be reached:")


@pytest.mark.parametrize("content", [None, "\n"])
def test_a_secret_that_cannot_be_used_is_a_configuration_error(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="secret_file"):
        run_hook(HookSettings(webhook="http://127.0.0.1:1/", secret_file=path), FACTS)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"command": ("/bin/true",), "webhook": "https://example.net"},
        {"command": ("true",)},
        {"webhook": "http://example.net", "secret_file": "/x"},
        {"webhook": "https://example.net"},
        {"command": ("/bin/true",), "timeout_s": 0},
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HookSettings(**values)
