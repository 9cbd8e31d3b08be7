"""A migration that fails over SOAP is tried elsewhere by a plan of its own, and journal and ``status`` tell of both."""

import json
from dataclasses import replace
from pathlib import Path

from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform


def test_what_breaks_off_on_its_way_to_one_host_goes_to_another(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    estate = uniform(3, 2)
    stubborn, busy = estate.vms
    vms = (replace(stubborn, breaks_off_at=("esx-002",)), replace(busy, host="esx-003", cpu_mhz=20_000))
    cluster = CommandLine(simulator=start_simulator(replace(estate, vms=vms), migration_ms=100), folder=tmp_path)
    asked = ("evacuate", "esx-001", "--yes", "--maintenance-mode", "-o", "json")
    done = cluster.run(*asked, RECOMMENDER_POLICY__RETRY__BACK_OFF_S="1")
    assert done.returncode == 0, done.stderr
    assert "attempt 2 of 3: 1 migrations elsewhere" in done.stderr
    document = json.loads(done.stdout)
    first, second = document["attempts"]
    assert [(step["destination"]["name"], step["state"]) for step in first["steps"]] == [("esx-002", "failed")]
    assert [(step["destination"]["name"], step["state"]) for step in second["steps"]] == [("esx-003", "done")]
    assert [host["state"] for host in document["maintenance"]] == ["done"]
    operations = cluster.simulator.operations()
    assert (operations.count("RelocateVM_Task"), operations.count("EnterMaintenanceMode_Task")) == (2, 1)

    told = json.loads(cluster.run("status", "-o", "json", reads_vcenter=False).stdout)
    assert sorted((plan["attempt"], plan["first_plan_id"]) for plan in told["plans"]) == [
        (1, first["plan_id"]),
        (2, first["plan_id"]),
    ]
