"""Every question that placement answers, asked of a vCenter over SOAP, by the product as its users start it."""

import json
from pathlib import Path

import pytest

from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform

NEW = {"name": "new-1", "vcpus": 1, "memory_mib": 512, "cpu_demand_mhz": 100, "disks": [{"size_mib": 64}]}


@pytest.fixture
def cluster(start_simulator: StartSimulator, tmp_path: Path) -> CommandLine:
    """4 hosts, 12 running VMs, all on the first host."""
    return CommandLine(simulator=start_simulator(uniform(4, 12)), folder=tmp_path)


def test_every_question_is_answered_and_nothing_is_sent(cluster: CommandLine) -> None:
    (cluster.folder / "vms.json").write_text(json.dumps({"format": "recommender-vms/1", "new": [NEW]}))
    host = {"name": "esx-new", "like": "esx-002"}
    (cluster.folder / "hosts.json").write_text(json.dumps({"format": "recommender-hosts/1", "hosts": [host]}))

    moved = cluster.document("recommend", "--max-moves", "3", "--save", "decision.json")
    assert len(moved["moves"]) == 3
    assert [point["moves"] for point in moved["curve"]] == [0, 1, 2, 3]

    lost = cluster.document("what-if", "--lose-host", "esx-001", "--add-host", "hosts.json", "--demand", "+10%")
    assert len(lost["stranded"]) == 12
    assert {move["reason"] for move in lost["after"]["moves"]} == {"powerOnVm"}
    assert cluster.document("explain", "--rule", "memory_capacity")["objective_price"] == 0
    assert len(cluster.document("recommend", "--goal", "consolidate")["consolidation"]["switch_off"]) == 3
    renewed = cluster.document("refresh", "esx-001", "--to", "esx-003")
    assert {move["destination"]["host"]["name"] for move in renewed["moves"]} == {"esx-003"}
    (placed,) = cluster.document("place", "vms.json")["placements"]
    assert placed["host"]["name"] != "esx-001"
    assert placed["datastores"][0] is not None

    again = cluster.run("recommend", "--replay", "decision.json", reads_vcenter=False)
    assert again.stdout.startswith("identical: 3 moves"), again.stderr
    assert not [name for name in cluster.simulator.operations() if name.endswith("_Task")]
