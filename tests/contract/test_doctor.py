"""``doctor`` against a vCenter over SOAP: what it finds, what it says to do, and how it ends."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender.cli.exit_code import ExitCode
from recommender.journal.store import open_journal
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.fault_proxy import asked, proxy_before, send
from tests.contract.running_simulator import RunningSimulator
from tests.unit.vsphere import soap
from tests.unit.vsphere.fake_vcenter import Behaviour, Handler, reply

READING_ONLY = {
    "Login", "Logout", "RetrieveServiceContent", "CurrentTime", "CreateContainerView", "DestroyView",
    "RetrievePropertiesEx", "ContinueRetrievePropertiesEx", "HasPrivilegeOnEntities", "Fetch", "QueryEvents",
    "QueryAssignedLicenses", "QueryPerf",
}  # fmt: skip


def test_a_healthy_vcenter_has_no_warning(start_simulator: StartSimulator, tmp_path: Path) -> None:
    document = CommandLine(simulator=start_simulator(uniform(2, 4)), folder=tmp_path).document("doctor")
    assert document["format"] == "recommender-findings/1"
    assert {finding["severity"] for finding in document["findings"]} == {"ok"}
    assert {finding["area"] for finding in document["findings"]} == {
        "connection", "clock", "vmotion", "privileges", "reading", "journal", "licence", "load",
    }  # fmt: skip


def test_what_is_not_as_it_should_be_is_told_with_what_to_do(simulator: RunningSimulator, tmp_path: Path) -> None:
    done = CommandLine(simulator=simulator, folder=tmp_path).run("doctor")
    assert done.returncode == ExitCode.DONE, "warnings are no errors"
    warnings = [line for line in done.stdout.splitlines() if line.startswith("WARNING")]
    assert all(" → " in line for line in warnings)
    assert [line.split()[1:3] for line in warnings] == [
        ["vmotion", "esx-no-vmotion:"], ["vmotion", "red:"], ["drs", "blue:"],
    ]  # fmt: skip


def doctored(simulator: RunningSimulator, folder: Path, **answers: Behaviour) -> dict[str, tuple[str, str, str]]:
    """By area, severity, words and remedy of the first finding that is not ok, where calls are answered otherwise."""
    with proxy_before(simulator) as proxy:
        for method, answer in answers.items():
            proxy.on(method, answer)
        document = CommandLine(simulator=proxy.before(simulator), folder=folder).document("doctor")
    found = [finding for finding in document["findings"] if finding["severity"] != "ok"]
    return {one["area"]: (one["severity"], one["told"], one["remedy"]) for one in reversed(found)}


def test_a_clock_that_is_off_is_told(start_simulator: StartSimulator, tmp_path: Path) -> None:
    late = reply(soap.answer("CurrentTime", datetime.now(UTC) - timedelta(minutes=2)))
    found = doctored(start_simulator(uniform(2, 4)), tmp_path, CurrentTime=late)
    severity, told, remedy = found.pop("clock")
    assert severity == "warning"
    assert re.fullmatch(r"vCenter's clock is 1[12]\d\.\d s behind ours", told)
    assert remedy == "let both follow the same time servers"
    assert found == {}


def test_a_vcenter_older_than_what_was_tried_is_told(start_simulator: StartSimulator, tmp_path: Path) -> None:
    def old(handler: Handler) -> None:
        status, content, cookie = asked(handler)
        send(handler, status, re.sub(rb"(<apiVersion>)[\d.]+<", rb"\g<1>6.7.3<", content), cookie)

    found = doctored(start_simulator(uniform(2, 4)), tmp_path, RetrieveServiceContent=old)
    severity, told, remedy = found.pop("connection")
    assert severity == "warning"
    assert ", API 6.7.3; its certificate was verified" in told
    assert remedy == "nothing before vSphere 7.0 was tried: upgrade, or look closely at what is planned"
    assert found == {}


def test_a_vcenter_that_tells_no_samples_is_told(start_simulator: StartSimulator, tmp_path: Path) -> None:
    silent = reply(soap.answer("QueryPerf"))
    found = doctored(start_simulator(uniform(2, 4)), tmp_path, QueryPerf=silent)
    assert found.keys() == {"load"}
    assert "cpu.usagemhz.average is not told" in found["load"][1]
    assert found["load"][2]


def test_sites_of_unknown_distance_are_told_until_it_is_said_or_measured(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    line = CommandLine(simulator=start_simulator(uniform(2, 4)), folder=tmp_path)
    sites = [{"name": "east", "hosts": ["esx-001"]}, {"name": "west", "hosts": ["esx-002"]}]
    variables: dict[str, Any] = {"RECOMMENDER_SITE": json.dumps(sites)}
    (warning,) = [text for text in line.run("doctor", **variables).stdout.splitlines() if text.startswith("WARNING")]
    assert warning.split()[1:4] == ["sites", "east,", "west:"]
    assert " → say it in a [[site_link]]" in warning
    link: dict[str, Any] = {"RECOMMENDER_SITE_LINK": json.dumps([{"sites": ["east", "west"], "rtt_ms": 5}])}
    assert "WARNING" not in line.run("doctor", **variables, **link).stdout
    silent = line.run("doctor", **variables, RECOMMENDER_MEASURE_ROUND_TRIPS="true")
    assert "sites" in silent.stdout, "the simulator's hosts have no address"


def test_nothing_is_changed(simulator: RunningSimulator, tmp_path: Path) -> None:
    CommandLine(simulator=simulator, folder=tmp_path).document("doctor")
    assert set(simulator.operations()) <= READING_ONLY
    assert not list(tmp_path.glob("journal*"))


@pytest.mark.parametrize("wrong", ["password", "pin"])
def test_a_vcenter_that_cannot_be_used_is_an_error_and_the_rest_is_looked_at(
    simulator: RunningSimulator, tmp_path: Path, wrong: str
) -> None:
    changes = {"RECOMMENDER_PASSWORD": "wrong"} if wrong == "password" else {}
    line = CommandLine(simulator=simulator, folder=tmp_path)
    arguments = ["--vcenter", simulator.url, "--pin", "ab" * 32 if wrong == "pin" else simulator.certificate_pin]
    done = line.run("doctor", *arguments, reads_vcenter=False, **changes)
    assert done.returncode == ExitCode.UNAVAILABLE
    first, *rest = done.stdout.splitlines()
    assert first.startswith("ERROR    connection")
    assert " → " in first
    assert [one.split()[:2] for one in rest] == [["OK", "journal"]]
    assert simulator.password not in done.stdout + done.stderr


def test_a_journal_that_cannot_be_used_is_an_error(simulator: RunningSimulator, tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("this is no database, and it is long enough to be seen as none" * 20)
    done = CommandLine(simulator=simulator, folder=tmp_path).run("doctor")
    assert done.returncode == ExitCode.JOURNAL
    assert [line for line in done.stdout.splitlines() if line.startswith("ERROR    journal")]


def test_a_journal_of_another_version_is_an_error_and_one_of_ours_is_told(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    line = CommandLine(simulator=start_simulator(uniform(2, 4)), folder=tmp_path)
    with open_journal(line.journal_url):
        pass
    (told,) = [text for text in line.run("doctor").stdout.splitlines() if "journal" in text]
    assert told.startswith("OK       journal    SQLite: the journal can be read (revision 0")
    with closing(sqlite3.connect(tmp_path / "journal.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    done = line.run("doctor")
    assert done.returncode == ExitCode.JOURNAL
    assert "the journal is of revision 0001" in done.stdout
