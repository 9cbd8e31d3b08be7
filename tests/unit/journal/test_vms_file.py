"""VMs to be placed, in a file: everything that is wrong with it is told at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import DocumentError
from recommender.inventory.cluster import Cluster
from recommender.journal.vms_file import read_vms
from tests.inventories import make_host, make_inventory, make_vm, ref

INVENTORY = make_inventory(
    [make_host("esx-1", cluster=ref("c")), make_host("esx-2")],
    [make_vm("web-1", "esx-1")],
    clusters=(Cluster(ref=ref("c"), name="blue", datacenter="dc"),),
)
NEW = {"name": "new", "vcpus": 1, "memory_mib": 1024, "cpu_demand_mhz": 500}


def file_of(path: Path, **content: Any) -> Path:
    path.write_text(json.dumps({"format": "recommender-vms/1"} | content))
    return path


def test_existing_and_new_vms(tmp_path: Path) -> None:
    described = NEW | {"clusters": ["blue"], "disks": [{"size_mib": 5}, {"size_mib": 6, "datastore": "ds"}]}
    wanted = read_vms(file_of(tmp_path / "f", existing=["web-1", "web-1"], new=[described]), INVENTORY)
    assert wanted.existing == (ref("web-1"),)
    (vm,) = wanted.new
    assert (vm.hosts, [disk.datastore for disk in vm.disks]) == ((ref("esx-1"),), [None, ref("ds")])


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    wrong = [
        {"name": "a", "vcpus": 0, "memory_mib": -1, "cpu_demand_mhz": -5, "disks": [{"size_mib": 0}]},
        {"name": "a", "vcpus": 1, "memory_mib": 1},
        NEW | {"name": "web-1", "clusters": ["blu"], "hosts": ["esx-9"], "ram": 3},
        NEW | {"disks": [{"size_mib": 1, "datastore": "dz"}], "networks": ["nte"]},
        NEW | {"name": "big", "memory_mib": 10**30},
    ]
    with pytest.raises(DocumentError) as refused:
        read_vms(file_of(tmp_path / "f", existing=["web-2"], new=wrong), INVENTORY)
    told = "\n".join(refused.value.problems)
    for place in (
        "existing[0]: no VM is called 'web-2'; did you mean web-1?",
        "new[0].vcpus: ",
        "new[0].memory_mib: ",
        "new[0].cpu_demand_mhz: ",
        "new[0].disks[0].size_mib: ",
        "new[1]: 'a' is there already",
        "new[1].cpu_demand_mhz: is missing",
        "new[2].name: a VM is called 'web-1' already",
        "new[2].clusters[0]: no cluster is called 'blu'; did you mean blue?",
        "new[2].hosts[0]: no host is called 'esx-9'",
        "new[2].ram: no such field",
        "new[3].disks[0].datastore: no datastore is called 'dz'",
        "new[3].networks[0]: no network is called 'nte'",
        "new[4].memory_mib: is too large a number",
    ):
        assert place in told


def test_a_file_without_vms_is_none(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="names no VM"):
        read_vms(file_of(tmp_path / "f"), INVENTORY)
