"""Hosts of vSAN over SOAP: one at a time, with the policy's mode for their data, and only while vSAN is well."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Estate
from tests.contract.estates import uniform

EVACUATE = ("evacuate", "esx-001", "--maintenance-mode", "--yes")


def with_vsan(unhealthy: str = "", **cluster: Any) -> Estate:
    estate = uniform(3, 4)
    hosts = tuple(replace(one, vsan_health="unhealthy" if one.name == unhealthy else "") for one in estate.hosts)
    return replace(estate, clusters=(Cluster(name="cluster", vsan=True, **cluster),), hosts=hosts)


@pytest.mark.parametrize(
    ("estate", "told"),
    [
        (with_vsan(resyncing=3), "vSAN of cluster cluster is not ready: 3 objects are being rebuilt"),
        (with_vsan(unhealthy="esx-002"), "vSAN of cluster cluster is not ready: esx-002 is not healthy"),
    ],
)
def test_nothing_is_sent_while_vsan_is_not_well(
    start_simulator: StartSimulator, tmp_path: Path, estate: Estate, told: str
) -> None:
    cluster = CommandLine(simulator=start_simulator(estate, migration_ms=100), folder=tmp_path)
    refused = cluster.run(*EVACUATE)
    assert refused.returncode == 4, refused.stderr
    assert f"{told}\nnothing was sent" in refused.stderr
    assert not {"RelocateVM_Task", "EnterMaintenanceMode_Task"} & {*cluster.simulator.operations()}


def test_the_second_host_is_not_emptied_while_the_first_is_away(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    cluster = CommandLine(simulator=start_simulator(with_vsan(rebuild_ms=60_000), migration_ms=100), folder=tmp_path)
    done = cluster.run(*EVACUATE, RECOMMENDER_POLICY__VSAN_EVACUATION="evacuateAllData")
    assert done.returncode == 0, done.stderr
    modes = [
        one["vsan_mode"] for one in cluster.simulator.received() if one["operation"] == "EnterMaintenanceMode_Task"
    ]
    assert modes == ["evacuateAllData"]

    refused = cluster.run("evacuate", "esx-002", "--maintenance-mode", "--yes")
    assert refused.returncode == 4, refused.stderr
    assert (
        "esx-001 is away already (in maintenance mode or not connected), so that esx-002 may not go" in refused.stderr
    )

    back = cluster.run("maintain", "leave", "esx-001", "--yes")
    assert back.returncode == 0, back.stderr
    refused = cluster.run("evacuate", "esx-002", "--maintenance-mode", "--yes")
    assert refused.returncode == 4, refused.stderr
    assert "12 objects are being rebuilt" in refused.stderr
    assert cluster.simulator.operations().count("EnterMaintenanceMode_Task") == 1
