"""``place`` as people call it."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.unit.cli.front_door import FrontDoor

NEW = {"name": "new-1", "vcpus": 2, "memory_mib": 2048, "cpu_demand_mhz": 500, "disks": [{"size_mib": 100}]}


def file_of(path: Path, **content: object) -> str:
    path.write_text(json.dumps({"format": "recommender-vms/1"} | content))
    return str(path)


def test_hosts_and_datastores_for_each_vm(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    path = file_of(tmp_path / "vms", existing=["web-0"], new=[NEW])
    ended = recommender("place", path, "-i", saved, "-o", "json")
    assert (ended.code, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["format"] == "recommender-placements/1"
    existing, made = document["placements"]
    assert (existing["vm"]["name"], existing["is_new"], existing["host"]["name"]) == ("web-0", False, "esx-empty")
    assert (made["vm"]["name"], made["is_new"], made["host"]["name"]) == ("new-1", True, "esx-empty")
    assert [store["name"] for store in made["datastores"]] == ["ds"]
    table = recommender("place", path, "-i", saved).stdout
    assert "new-1  new    esx-empty  ds" in table


def test_no_place_is_infeasible_and_says_why(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    ended = recommender("place", file_of(tmp_path / "vms", new=[NEW | {"memory_mib": 500_000}]), "-i", saved)
    assert ended.code == 4
    assert "new-1 finds no host:" in ended.stdout
    assert "more memory on" in ended.stdout


def test_a_wrong_file_is_one_error(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    ended = recommender("place", file_of(tmp_path / "vms", new=[NEW | {"memory_mib": -1, "vcpus": 0}]), "-i", saved)
    assert (ended.code, ended.stdout) == (2, "")
    assert "new[0].memory_mib" in ended.stderr
    assert "new[0].vcpus" in ended.stderr
    assert recommender("place", str(tmp_path / "absent"), "-i", saved).code == 2


def test_what_the_schema_says_is_what_is_read(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    schema = json.loads(recommender("inventory", "schema", "vms").stdout)
    good = {"format": "recommender-vms/1", "existing": ["web-0"], "new": [NEW]}
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good | {"new": [NEW | {"memory_mib": -1}]}, schema)
    hosts = json.loads(recommender("inventory", "schema", "hosts").stdout)
    jsonschema.validate({"format": "recommender-hosts/1", "hosts": [{"name": "n", "like": "esx-full"}]}, hosts)
    assert recommender("place", file_of(tmp_path / "f", existing=["web-0"], new=[NEW]), "-i", saved).code == 0
