"""People and programs talk to the service over HTTP: by a token, within a role, and never unencrypted from afar."""

import hashlib
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.journal.store import DatabaseJournal, open_journal
from recommender.ports import OrderKind
from recommender.service.over_http.control import Control
from recommender.service.over_http.health import Health, answering_health
from recommender.settings.access import AccessSettings, HttpSettings, Role
from recommender.settings.automation import ApprovalSettings
from recommender.settings.settings import Settings
from tests.unit.cli.front_door import FrontDoor
from tests.unit.journal.plans import make_move, saved_plan
from tests.unit.service.stages import an_evacuation

CERTIFICATE = Path(__file__).parents[1] / "vsphere" / "certificates" / "server.pem"
NOW = datetime.now(UTC)
HEALTH = Health(is_alive=lambda: True, is_ready=lambda: True, metrics=lambda: "")
NAMES = {"viv": Role.VIEWER, "olga": Role.OPERATOR, "ann": Role.APPROVER}


def settings() -> Settings:
    tokens = {name: hashlib.sha256(f"token of {name}".encode()).hexdigest() for name in NAMES}
    access = tuple(AccessSettings(name=name, role=NAMES[name], token_sha256=tokens[name]) for name in NAMES)
    return Settings(access=access, approval=ApprovalSettings(service=True), evacuation=(an_evacuation(),))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[DatabaseJournal]:
    with open_journal(f"sqlite:///{tmp_path}/journal.db") as opened:
        yield opened


@pytest.fixture
def recommender(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> FrontDoor:
    return FrontDoor(monkeypatch, capfd)


@pytest.fixture
def address(journal: DatabaseJournal) -> Iterator[str]:
    with answering_health(HEALTH, 0, control=Control(settings, journal, lambda: NOW)) as listening:
        yield listening


def ask(address: str, path: str, who: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer token of {who}"} if who else {}
    request = urllib.request.Request(f"{address}/v1{path}", data=data, headers=headers)  # noqa: S310  # our own URL
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_without_a_token_that_is_known_nothing_is_told(address: str) -> None:
    assert ask(address, "/status")[0] == 401
    assert ask(address, "/status", "eve")[0] == 401
    assert ask(address, "/pause", "eve", {})[0] == 401
    assert ask(address, "/status", "viv")[1]["format"] == "recommender-status/1"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/pause", "olga"), ("/resume", "olga"), ("/run", "olga"), ("/skip", "olga"), ("/approve", "ann")],
)
def test_each_may_do_what_its_role_says(address: str, path: str, allowed: str) -> None:
    for who in NAMES:
        status, told = ask(address, path, who, {"name": "monday", "plan": "0"})
        assert (status != 403) == (who == allowed), told


def test_what_they_say_is_obeyed_and_stands_under_their_name_in_the_audit(
    address: str, journal: DatabaseJournal
) -> None:
    assert ask(address, "/pause", "olga", {"reason": "storage"}) == (200, {"told": "paused by olga: storage"})
    assert journal.orders.pause() is not None
    assert ask(address, "/resume", "olga", {})[0] == 200
    assert journal.orders.pause() is None
    assert ask(address, "/cancel", "olga", {})[0] == 200
    journal.recommendations.renew([(make_move("v1", "h1", "h2"), "uuid-v1")], NOW, timedelta(hours=1))
    (found,) = ask(address, "/recommendations", "viv")[1]["recommendations"]
    assert ask(address, "/reject", "olga", {"ids": [found["id"]]})[0] == 200
    assert ask(address, "/run", "olga", {"name": "monday"})[1]["state"] == "asked"
    assert [row.asked_by for row in journal.occurrences.asked()] == ["olga"]
    actors = [json.loads(entry.content)["actor"] for entry in journal.audit.entries()]
    assert actors == ["olga"] * 5
    kinds = [entry.kind for entry in journal.audit.entries()]
    assert kinds == [OrderKind.PAUSE, OrderKind.RESUME, OrderKind.CANCEL, "rejected", "asked"]


def test_a_proposal_is_approved_but_not_by_its_author(address: str, journal: DatabaseJournal) -> None:
    number = journal.proposals.make(saved_plan(author="serve"), NOW, NOW + timedelta(hours=1))
    own = journal.proposals.make(saved_plan(author="ann"), NOW, NOW + timedelta(hours=1))
    assert ask(address, "/approve", "ann", {"plan": number[:12]})[1]["approved"] == number
    assert [approval.approver for approval in journal.approvals.of(number)] == ["ann"]
    assert ask(address, "/approve", "ann", {"plan": own[:12]})[0] == 403
    assert ask(address, "/approve", "ann", {"plan": "zz"})[0] == 400


@pytest.mark.parametrize("body", [[], "x", {"ids": "1"}, {"ids": []}])
def test_what_does_not_say_what_it_has_to_is_refused(address: str, body: Any) -> None:
    assert ask(address, "/reject", "olga", body)[0] == 400


def test_beyond_this_machine_it_is_never_unencrypted() -> None:
    with pytest.raises(ValidationError, match="needs tls_certificate"):
        HttpSettings(address="0.0.0.0")  # noqa: S104  # what is refused
    assert HttpSettings(address="::1").tls_key is None


def test_with_a_certificate_it_speaks_tls() -> None:
    http = HttpSettings(tls_certificate=CERTIFICATE, tls_key=CERTIFICATE)
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    context.check_hostname = False
    with (
        answering_health(HEALTH, 0, http) as address,
        urllib.request.urlopen(f"{address}/livez", context=context, timeout=30) as answer,  # noqa: S310
    ):
        assert address.startswith("https://127.0.0.1:")
        assert answer.read() == b"alive\n"


def test_the_command_line_talks_to_a_service_that_it_is_told_of(
    address: str, journal: DatabaseJournal, recommender: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_URL", address)
    monkeypatch.setenv("RECOMMENDER_TOKEN", "token of olga")
    assert recommender("pause", "storage").code == 0
    assert str(journal.orders.pause()) == "paused by olga: storage"
    assert "paused by olga: storage" in recommender("status").stdout
    assert recommender("schedule", "run", "monday").code == 0
    assert [row.asked_by for row in journal.occurrences.asked()] == ["olga"]
    refused = recommender("approve", "abcdef")
    assert (refused.code, "olga is operator, this wants approver" in refused.stderr) == (10, True)
    monkeypatch.setenv("RECOMMENDER_TOKEN", "nonsense")
    assert recommender("resume").code == 10
    monkeypatch.setenv("RECOMMENDER_URL", "http://127.0.0.1:9")
    assert recommender("resume").code == 9
    monkeypatch.setenv("RECOMMENDER_URL", "http://service.example.net:9180")
    assert recommender("resume").code == 2, "a token does not go unencrypted over a network"
