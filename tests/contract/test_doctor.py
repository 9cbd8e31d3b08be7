"""``doctor`` against a vCenter over SOAP: what it finds, what it says to do, and how it ends."""

from pathlib import Path

import pytest

from recommender.cli.exit_code import ExitCode
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.running_simulator import RunningSimulator

READING_ONLY = {
    "Login", "Logout", "RetrieveServiceContent", "CurrentTime", "CreateContainerView", "DestroyView",
    "RetrievePropertiesEx", "ContinueRetrievePropertiesEx", "HasPrivilegeOnEntities", "Fetch", "QueryEvents",
}  # fmt: skip


def test_a_healthy_vcenter_has_no_warning(start_simulator: StartSimulator, tmp_path: Path) -> None:
    document = CommandLine(simulator=start_simulator(uniform(2, 4)), folder=tmp_path).document("doctor")
    assert document["format"] == "recommender-findings/1"
    assert {finding["severity"] for finding in document["findings"]} == {"ok"}
    assert {finding["area"] for finding in document["findings"]} == {
        "connection", "clock", "vmotion", "privileges", "reading", "journal",
    }  # fmt: skip


def test_what_is_not_as_it_should_be_is_told_with_what_to_do(simulator: RunningSimulator, tmp_path: Path) -> None:
    done = CommandLine(simulator=simulator, folder=tmp_path).run("doctor")
    assert done.returncode == ExitCode.DONE, "warnings are no errors"
    warnings = [line for line in done.stdout.splitlines() if line.startswith("WARNING")]
    assert all(" → " in line for line in warnings)
    assert [line.split()[1:3] for line in warnings] == [
        ["vmotion", "esx-no-vmotion:"], ["vmotion", "red:"], ["drs", "blue:"],
    ]  # fmt: skip


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
