"""``recommend --goal consolidate`` and ``refresh`` as people call them."""

import json
from pathlib import Path

import pytest

from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import read_plan
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor


@pytest.fixture
def three_hosts(tmp_path: Path) -> str:
    hosts = [make_host(f"esx-{number}", cluster=ref("c")) for number in (1, 2, 3)]
    vms = [make_vm(f"web-{number}", f"esx-{number}", cpu=1000) for number in (1, 2, 3)]
    inventory: Inventory = make_inventory(hosts, vms)
    return save(inventory, tmp_path / "three.json")


def test_consolidation_names_the_hosts(recommender: FrontDoor, three_hosts: str) -> None:
    ended = recommender("recommend", "--goal", "consolidate", "-i", three_hosts)
    assert (ended.code, ended.stderr) == (0, "")
    assert "hosts on   3 → 1  (proven: at least 1 have to stay on)" in ended.stdout
    assert "switch off esx-1, esx-2" in ended.stdout
    document = json.loads(recommender("recommend", "--goal", "consolidate", "-i", three_hosts, "-o", "json").stdout)
    assert [host["name"] for host in document["consolidation"]["switch_off"]] == ["esx-1", "esx-2"]
    assert {move["reason"] for move in document["moves"]} == {"powerSaving"}
    assert document["gap"] is not None


def test_a_consolidation_can_be_planned(recommender: FrontDoor, three_hosts: str) -> None:
    document = json.loads(recommender("plan", "--goal", "consolidate", "-i", three_hosts, "-o", "json").stdout)
    assert {step["move"]["destination"]["host"]["name"] for step in document["steps"]} == {"esx-3"}
    assert {step["move"]["reason"] for step in document["steps"]} == {"powerSaving"}


def test_a_refresh_brings_everything_to_the_new_hosts_only(recommender: FrontDoor, three_hosts: str) -> None:
    ended = recommender("refresh", "esx-1", "esx-2", "--to", "esx-3", "-i", three_hosts, "-o", "json")
    assert ended.code == 0
    document = json.loads(ended.stdout)
    assert {move["vm"]["name"]: move["destination"]["host"]["name"] for move in document["moves"]} == {
        "web-1": "esx-3",
        "web-2": "esx-3",
    }
    assert document["gap"] == pytest.approx(0, abs=1e-6)
    assert document["remaining_violations"] == []


def test_a_refresh_over_many_nights_saves_the_first_one(
    recommender: FrontDoor, three_hosts: str, tmp_path: Path
) -> None:
    file = tmp_path / "night.plan"
    asked = (
        "refresh",
        "esx-1",
        "esx-2",
        "--to",
        "esx-3",
        "-i",
        three_hosts,
        "--every",
        "0 22 * * *",
        "--out",
        str(file),
    )
    ended = recommender(*asked, "--window", "12s", "-o", "json")
    nights = json.loads(ended.stdout)["windows"]
    assert [len(night["steps"]) for night in nights] == [1, 1]
    assert len(read_plan(file).plan.steps) == 1
    assert recommender(*asked).code == 2


def test_a_refresh_to_another_cluster_needs_the_scope(recommender: FrontDoor, tmp_path: Path) -> None:
    hosts = [make_host("old", cluster=ref("c-1")), make_host("new", cluster=ref("c-2"))]
    path = save(make_inventory(hosts, [make_vm("a", "old")]), tmp_path / "two.json")
    refused = recommender("refresh", "old", "--to", "new", "-i", path)
    assert refused.code == 4
    assert "the policy's move_scope is cluster" in refused.stdout
    assert "do without move_scope" in refused.stdout
    assert recommender("refresh", "old", "--to", "new", "--move-scope", "datacenter", "-i", path).code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("esx-1", "--to", "esx-1"), "named as old and as new"),
        (("esx-1",), "--to"),
        (("esx-11", "--to", "esx-2"), "did you mean"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    recommender: FrontDoor, three_hosts: str, arguments: tuple[str, ...], told: str
) -> None:
    ended = recommender("refresh", *arguments, "-i", three_hosts)
    assert (ended.code, ended.stdout) == (2, "")
    assert told in ended.stderr


def test_a_refresh_is_saved_for_apply_if_all_can_go(recommender: FrontDoor, three_hosts: str, tmp_path: Path) -> None:
    out = tmp_path / "refresh.plan"
    ended = recommender("refresh", "esx-1", "--to", "esx-3", "-i", three_hosts, "--out", str(out))
    assert ended.code == 0
    assert "1 steps, plan" in ended.stderr
    assert [step.move.destination.moid for step in read_plan(out).plan.steps] == ["esx-3"]
    scoped = recommender(
        "refresh", "esx-1", "--to", "esx-3", "--move-scope", "vcenter", "-i", three_hosts, "--out", str(out)
    )
    assert scoped.code == 2


def test_a_refresh_that_cannot_be_is_not_saved(recommender: FrontDoor, tmp_path: Path) -> None:
    hosts = [make_host("old", cluster=ref("c-1")), make_host("new", cluster=ref("c-2"))]
    path, out = save(make_inventory(hosts, [make_vm("a", "old")]), tmp_path / "two.json"), tmp_path / "none.plan"
    assert recommender("refresh", "old", "--to", "new", "-i", path, "--out", str(out)).code == 4
    assert not out.exists()


def test_a_plan_to_switch_hosts_off_says_so(recommender: FrontDoor, three_hosts: str, tmp_path: Path) -> None:
    out = tmp_path / "off.plan"
    assert recommender("plan", "--goal", "consolidate", "-i", three_hosts, "--out", str(out)).code == 0
    assert read_plan(out).is_consolidation
