"""What the service recommends is applied by a person, over SOAP, and only released where releases are asked for."""

import json
import signal
import time
from pathlib import Path

import pytest

from recommender.journal.store import open_read_only
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.worlds import over_soap

PATIENCE_S = 120


@pytest.fixture
def recommending(start_simulator: StartSimulator, tmp_path: Path) -> CommandLine:
    """A service has recommended something and was stopped."""
    line = CommandLine(simulator=start_simulator(uniform(4, 16), migration_ms=300), folder=tmp_path)
    with line.start("serve") as process:
        began_s = time.monotonic()
        while not _recommends(line):
            assert time.monotonic() - began_s < PATIENCE_S
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert "RelocateVM_Task" not in line.simulator.operations(), "manual is the default"
    return line


def _recommends(line: CommandLine) -> bool:
    if not (line.folder / "journal.db").exists():
        return False
    with open_read_only(line.journal_url) as journal:
        return journal is not None and bool(journal.recommendations.open())


def test_a_person_applies_some_of_them(recommending: CommandLine) -> None:
    found = recommending.run("recommendations", "list", "-o", "json", reads_vcenter=False)
    standing = json.loads(found.stdout)["recommendations"]
    chosen = standing[0]
    done = recommending.document("recommendations", "apply", str(chosen["id"]), "--yes")
    (step,) = done["steps"]
    assert (step["state"], step["destination"]["ref"]) == ("done", chosen["destination"])
    with over_soap(recommending.simulator) as world:
        moved = next(
            vm for vm in world.source.read().virtual_machines if vm.ref.moid == chosen["vm"]["ref"].split("/")[1]
        )
    assert moved.host.moid == chosen["destination"].split("/")[1]
    again = recommending.run("recommendations", "apply", str(chosen["id"]), "--yes")
    assert again.returncode == 2
    assert recommending.simulator.operations().count("RelocateVM_Task") == 1


def test_where_approvals_are_required_nothing_is_sent_without_one(recommending: CommandLine) -> None:
    def strictly(*arguments: str, reads_vcenter: bool = True, second_person: str = "true") -> tuple[int, str]:
        told = recommending.run(
            *arguments,
            reads_vcenter=reads_vcenter,
            RECOMMENDER_APPROVAL__REQUIRED="true",
            RECOMMENDER_APPROVAL__SECOND_PERSON=second_person,
        )
        return told.returncode, told.stderr

    for refused in (("recommendations", "apply", "1", "--yes"), ("evacuate", "esx-001", "--yes")):
        code, told = strictly(*refused)
        assert (code, "--out FILE" in told) == (10, True)
    assert strictly("evacuate", "esx-001", "--out", "evacuation.plan")[0] == 0
    assert strictly("recommendations", "apply", "1", "--out", "one.plan")[0] == 0
    assert strictly("apply", "one.plan", "--yes")[0] == 10
    assert strictly("approve", "one.plan", reads_vcenter=False)[0] == 10, "its author does not count"
    assert "RelocateVM_Task" not in recommending.simulator.operations()
    assert strictly("approve", "one.plan", reads_vcenter=False, second_person="false")[0] == 0
    code, told = strictly("apply", "one.plan", "--yes", second_person="false")
    assert code == 0, told
    assert recommending.simulator.operations().count("RelocateVM_Task") == 1
