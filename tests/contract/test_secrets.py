"""After everything that the product does, nothing that it wrote or said holds a password or a session cookie."""

import base64
import hashlib
import html
import json
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.fault_proxy import FaultProxy, accepted_but, closed, pass_on, unavailable
from tests.contract.running_simulator import RunningSimulator

SERVE = """
[[vcenter]]
name = "vc"
url = "{url}"
certificate_sha256 = "{pin}"
password_env = "RECOMMENDER_PASSWORD"

[serve]
poll_interval_s = 0.2
health_port = {port}

[[access]]
name = "ann"
role = "operator"
token_sha256 = "{token_sha256}"

[log]
level = "debug"
"""
SERVED_S = 30.0
TOKEN, WRONG_TOKEN = "t0ken & <long>", "another t0ken & <long>"
JOURNAL_PASSWORD = "j0urnal-passw0rd"
UNREACHABLE = f"postgresql+psycopg://ann:{JOURNAL_PASSWORD}@127.0.0.1:9/journal"


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(uniform(3, 6), migration_ms=100)


def spellings(secret: str) -> set[bytes]:
    """As it is, and as files, logs and requests might hold it."""
    texts = {
        secret,
        html.escape(secret, quote=False),
        html.escape(secret),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }
    return {text.encode() for text in texts}


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    odd = 'p"& <ä>'
    assert b'p"&amp; &lt;\xc3\xa4&gt;' in spellings(odd)
    assert rb"p\"& <\u00e4>" in spellings(odd)


def test_nothing_that_is_written_or_said_holds_a_secret(
    simulator: RunningSimulator, proxy: FaultProxy, tmp_path: Path
) -> None:
    folder = tmp_path / "working"
    folder.mkdir()
    line = CommandLine(simulator=proxy.before(simulator), folder=folder)
    said = [
        line.run("doctor"),
        line.run("inventory", "save", "--out", "saved.json"),
        line.run("plan", "--out", "tonight.plan"),
        line.run("recommend", "-o", "json", RECOMMENDER_PASSWORD=f"not {simulator.password}"),
    ]
    proxy.on("RelocateVM_Task", accepted_but(closed), pass_on)
    said.append(line.run("apply", "tonight.plan", "--yes"))
    said.append(line.run("evacuate", "esx-001", "--yes", "--maintenance-mode"))
    proxy.on("RetrievePropertiesEx", unavailable)
    said.append(line.run("recommend"))
    proxy.on("RetrievePropertiesEx", pass_on)
    said.append(line.run("status", "-o", "json", reads_vcenter=False))
    assert [done.returncode for done in said] == [0, 0, 0, 3, 0, 0, 3, 0], [done.stderr[-500:] for done in said]
    sessions = len(said) - 2  # all but the refused one, and the look at the journal
    said.append(line.run("status", reads_vcenter=False, RECOMMENDER_JOURNAL__URL=UNREACHABLE))
    said.append(line.run("doctor", "-o", "json", RECOMMENDER_JOURNAL__URL=UNREACHABLE))
    assert [done.returncode for done in said[-2:]] == [9, 9], [done.stderr[-500:] for done in said[-2:]]
    said += serve_a_while(line, folder)
    (folder / "said.txt").write_text("\n".join(done.stdout + done.stderr for done in said), encoding="utf-8")

    audit = line.run("audit", "export", reads_vcenter=False)
    assert audit.returncode == 0, audit.stderr
    assert '"pause"' in audit.stdout, "the audit tells of what was done over HTTP, and by whom"
    assert "ann" in audit.stdout
    (folder / "audit.txt").write_text(audit.stdout, encoding="utf-8")
    written = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {"saved.json", "tonight.plan", "journal.db", "said.txt", "serve.log"} <= written.keys()
    assert len(proxy.cookies) >= sessions, "each session that was opened had a cookie to look for"
    kept = (simulator.password, *proxy.cookies, TOKEN, WRONG_TOKEN, JOURNAL_PASSWORD)
    secrets = {spelling for secret in kept for spelling in spellings(secret)}
    assert {name for name, content in written.items() if any(secret in content for secret in secrets)} == set()
    password = {spelling.decode() for spelling in spellings(simulator.password)}
    assert {method for method, body in proxy.calls if any(text in body for text in password)} == {"Login"}


def serve_a_while(line: CommandLine, folder: Path) -> "list[subprocess.CompletedProcess[str]]":
    """The service with everything that it logs, through two turns; what was said to people who asked it over HTTP."""
    digest, port = hashlib.sha256(TOKEN.encode()).hexdigest(), a_free_port()
    simulator = line.simulator
    config = SERVE.format(url=simulator.url, pin=simulator.certificate_pin, port=port, token_sha256=digest)
    (folder / "recommender.toml").write_text(config, encoding="utf-8")
    process = line.start("serve", "--config", "recommender.toml", reads_vcenter=False)
    seen = line.simulator.operations().count("WaitForUpdatesEx") + 3
    end = time.monotonic() + SERVED_S
    while line.simulator.operations().count("WaitForUpdatesEx") < seen and time.monotonic() < end:
        time.sleep(0.1)

    def asked(token: str, *words: str) -> "subprocess.CompletedProcess[str]":
        url = f"http://127.0.0.1:{port}"
        return line.run(*words, reads_vcenter=False, RECOMMENDER_URL=url, RECOMMENDER_TOKEN=token)

    said = [asked(TOKEN, "pause", "for the test"), asked(WRONG_TOKEN, "pause"), asked(TOKEN, "resume")]
    process.terminate()
    out, err = process.communicate(timeout=SERVED_S)
    (folder / "serve.log").write_text(out + err, encoding="utf-8")
    assert "serving" in err
    assert line.simulator.operations().count("WaitForUpdatesEx") >= seen, err[-2000:]
    assert [done.returncode for done in said] == [0, 10, 0], [done.stderr for done in said]
    return said


def a_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
