"""Hooks that hang, print without end, leave others behind or answer nonsense: each ends in its time, and is told."""

import os
import resource
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recommender.errors import ConfigurationError
from recommender.service import hook_command
from recommender.service.hook_outcome import HookOutcome
from recommender.service.hooks import run_hook
from recommender.settings.hook import HookSettings

CERTIFICATES = Path(__file__).parents[1] / "vsphere" / "certificates"
LONG_S = 300  # that a test would never wait for


def of_a_script(folder: Path, text: str, timeout_s: float = LONG_S) -> HookOutcome:
    script = folder / "hook"
    script.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    script.chmod(0o700)
    return run_hook(HookSettings(command=(str(script),), timeout_s=timeout_s), {"event": "host_ready"})


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_command, "GRACE_S", 0.2)
    monkeypatch.setattr(hook_command, "DRAIN_S", 0.2)


def left_behind(folder: Path) -> str:
    """A process that outlives the hook, in a session of its own, and holds its output open until a test ends."""
    return f"setsid sh -c 'echo $$ > {folder}/pid; exec sleep {LONG_S}' &\nwhile ! test -s {folder}/pid; do :; done"


@pytest.fixture
def ended_afterwards(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), 9)


def test_a_hook_that_leaves_a_daemon_behind_has_ended_all_the_same(ended_afterwards: Path) -> None:
    outcome = of_a_script(ended_afterwards, f"{left_behind(ended_afterwards)}\necho the agent runs")
    assert outcome == HookOutcome(succeeded=True, detail="the agent runs")


def test_a_time_out_holds_although_somebody_has_left_the_group(ended_afterwards: Path) -> None:
    outcome = of_a_script(ended_afterwards, f"{left_behind(ended_afterwards)}\necho half done\nsleep {LONG_S}", 0.5)
    assert outcome == HookOutcome(
        succeeded=False, detail="it had not ended after 0.5 s and was ended; it said last: half done"
    )


def test_a_hook_may_put_things_right_before_it_is_ended(tmp_path: Path) -> None:
    outcome = of_a_script(tmp_path, f"trap 'echo unlocked; exit 1' TERM\nsleep {LONG_S} & wait", 0.5)
    assert outcome.detail.endswith("it said last: unlocked")


def test_a_hook_that_ignores_sigterm_is_ended(tmp_path: Path) -> None:
    outcome = of_a_script(tmp_path, f"trap '' TERM\nsleep {LONG_S}", 0.5)
    assert not outcome.succeeded
    assert "was ended by SIGKILL, having ignored SIGTERM" in outcome.detail


def test_a_hook_that_somebody_kills_is_told_so(tmp_path: Path) -> None:
    assert of_a_script(tmp_path, "kill -9 $$").detail == "it was ended by SIGKILL"


def test_what_is_printed_without_end_takes_no_memory(tmp_path: Path) -> None:
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = of_a_script(tmp_path, "head -c 100000000 /dev/zero; echo; echo disk full; exit 3")
    assert outcome == HookOutcome(succeeded=False, detail="it ended with 3: disk full")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 50_000


def test_a_hook_that_does_not_read_its_facts_has_them_none_the_less(tmp_path: Path) -> None:
    script = tmp_path / "hook"
    script.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    script.chmod(0o700)
    assert run_hook(HookSettings(command=(str(script),)), {"emptied": ["x" * 1_000_000]}).succeeded


@contextmanager
def answering(say: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that reads a request and then does what a test wants."""

    def serve(server: socket.socket) -> None:
        try:
            connection, _ = server.accept()
            with connection if context is None else context.wrap_socket(connection, server_side=True) as heard:
                while not heard.recv(65536).endswith(b"}"):
                    pass  # what is left unread would reset the connection, and lose the answer
                say(heard)
        except OSError:
            pass  # it hangs up, or refuses our certificate

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.close()
            thread.join()


def asked(folder: Path, address: str, timeout_s: float = LONG_S, ca_file: Path | None = None) -> HookOutcome:
    (folder / "secret").write_bytes(b"key \xff\nwhat else it holds")
    hook = HookSettings(webhook=address, secret_file=folder / "secret", timeout_s=timeout_s, ca_file=ca_file)
    return run_hook(hook, {"event": "host_ready"})


def test_a_receiver_that_says_nothing_may_have_acted(tmp_path: Path) -> None:
    over = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        over.wait()

    with answering(say_nothing) as port:
        outcome = asked(tmp_path, f"http://127.0.0.1:{port}/", 0.5)
        over.set()
    assert outcome == HookOutcome(
        succeeded=False, detail="it had not answered after 0.5 s: whether it has acted is unknown"
    )


def test_a_receiver_that_answers_a_byte_at_a_time_does_not_outlast_the_time_out(tmp_path: Path) -> None:
    over = threading.Event()

    def trickle(heard: socket.socket) -> None:
        while not over.wait(0.1):
            heard.send(b"H")

    with answering(trickle) as port:
        outcome = asked(tmp_path, f"http://127.0.0.1:{port}/", 0.5)
        over.set()
    assert outcome.detail == "it had not answered after 0.5 s: whether it has acted is unknown"


@pytest.mark.parametrize("said", [b"", b"hello\r\n\r\n", b"\xff" * 70_000])
def test_an_answer_that_is_no_http_is_told(tmp_path: Path, said: bytes) -> None:
    with answering(lambda heard: heard.sendall(said)) as port:
        outcome = asked(tmp_path, f"http://127.0.0.1:{port}/")
    assert not outcome.succeeded
    assert outcome.detail.endswith("whether it has acted is unknown")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error": "esx-1 is locked"}', 'it answered 500: Oh dear: {"error": "esx-1 is locked"}'),
        (b"<html>a page</html>", "it answered 500: Oh dear"),
        (b"", "it answered 500: Oh dear"),
    ],
)
def test_an_answer_that_tells_why_is_told(tmp_path: Path, body: bytes, told: str) -> None:
    with answering(lambda heard: heard.sendall(b"HTTP/1.1 500 Oh dear\r\nConnection: close\r\n\r\n" + body)) as port:
        assert asked(tmp_path, f"http://127.0.0.1:{port}/").detail == told


def test_a_certificate_is_verified_and_a_private_authority_can_be_named(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")

    def well(heard: socket.socket) -> None:
        heard.sendall(b"HTTP/1.1 204 None\r\n\r\n")

    with answering(well, context) as port:
        refused = asked(tmp_path, f"https://127.0.0.1:{port}/")
    assert refused.detail.startswith("nothing was sent: its certificate is not trusted (self")
    assert "ca_file names" in refused.detail
    with answering(well, context) as port:
        trusted = asked(tmp_path, f"https://127.0.0.1:{port}/", ca_file=CERTIFICATES / "server.pem")
    assert trusted == HookOutcome(succeeded=True, detail="it answered 204")
    for unusable in (tmp_path / "none.pem", tmp_path / "secret"):
        with pytest.raises(ConfigurationError, match="ca_file"):
            asked(tmp_path, "https://127.0.0.1:1/", ca_file=unusable)
