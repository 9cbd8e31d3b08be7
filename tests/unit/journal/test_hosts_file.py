"""Hosts to be added, described in a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import DocumentError
from recommender.journal.hosts_file import read_hosts
from tests.inventories import make_host, make_inventory, ref

INVENTORY = make_inventory([make_host("esx-1", cluster=ref("c"), in_maintenance=True), make_host("esx-2")], [])


def file_of(path: Path, *hosts: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"format": "recommender-hosts/1", "hosts": list(hosts)}))
    return path


def test_a_new_host_is_like_another_but_empty_available_and_of_its_own_size(tmp_path: Path) -> None:
    path = file_of(tmp_path / "f", {"name": "new", "like": "esx-1", "memory_mib": 1024})
    (host,) = read_hosts(path, INVENTORY)
    assert (host.name, host.cluster, host.memory_mib, host.cpu_mhz) == ("new", ref("c"), 1024, 20_000)
    assert host.is_available
    assert INVENTORY.find_host(host.ref) is None


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    path = file_of(
        tmp_path / "f",
        {"name": "new", "like": "esx-3"},
        {"name": "new", "like": "esx-1", "memory_mib": -1, "cores": 0},
        {"name": "esx-2", "like": "esx-1", "ram": 7},
        {"name": "x"},
    )
    with pytest.raises(DocumentError) as wrong:
        read_hosts(path, INVENTORY)
    told = "\n".join(wrong.value.problems)
    for place in ("hosts[0].like", "hosts[1].memory_mib", "hosts[1].cores", "hosts[2].ram", "hosts[3].like"):
        assert f"{place}: " in told
    assert "hosts[1]: 'new' is there already" in told
    assert "hosts[2].name: 'esx-2' is there already" in told
    assert "did you mean esx-" in told


def test_no_host_at_all_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="hosts"):
        read_hosts(file_of(tmp_path / "f"), INVENTORY)
