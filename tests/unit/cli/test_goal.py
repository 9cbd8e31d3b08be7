"""Asking about one cluster, and about clusters that are not there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.inventory.cluster import Cluster
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import Disk
from recommender.policy import MoveScope, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor


@pytest.fixture
def two_clusters(full_and_empty: Inventory, tmp_path: Path) -> str:
    """The cluster with a full and an empty host, and another such one."""
    others = [make_host(f"b{number}", cluster=ref("c-b")) for number in (1, 2)]
    heavy = [make_vm(f"db-{number}", "b1", cpu=2800) for number in range(6)]
    clusters = [Cluster(ref=ref(moid), name=name, datacenter="dc") for moid, name in (("cluster", "a"), ("c-b", "b"))]
    clusters.append(Cluster(ref=ref("c-none"), name="none", datacenter="dc"))
    both = make_inventory(
        [*full_and_empty.hosts, *others], [*full_and_empty.virtual_machines, *heavy], clusters=tuple(clusters)
    )
    return save(both, tmp_path / "two.json", replace(Policy(), move_scope=MoveScope.DATACENTER))


@pytest.mark.parametrize("command", ["recommend", "plan"])
def test_nothing_moves_outside_the_cluster_asked_about(recommender: FrontDoor, two_clusters: str, command: str) -> None:
    document = json.loads(recommender(command, "--cluster", "a", "-i", two_clusters, "-o", "json").stdout)
    assert document["moves"]
    assert {move["source"]["host"]["name"] for move in document["moves"]} == {"esx-full"}
    assert {move["destination"]["host"]["name"] for move in document["moves"]} == {"esx-empty"}


def test_without_a_cluster_everything_is_asked_about(recommender: FrontDoor, two_clusters: str) -> None:
    document = json.loads(recommender("recommend", "-i", two_clusters, "-o", "json").stdout)
    assert {move["source"]["host"]["name"] for move in document["moves"]} == {"esx-full", "b1"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--cluster", "x"), "x"),
        (("--cluster", "none"), "no host is in it"),
        (("web-0", "--cluster", "a"), "not both"),
        (("--goal", "fame"), "fame"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    recommender: FrontDoor, two_clusters: str, arguments: tuple[str, ...], told: str
) -> None:
    ended = recommender("recommend", *arguments, "-i", two_clusters)
    assert ended.code == 2
    assert told in ended.stderr
    assert ended.stdout == ""


def test_a_question_may_be_about_some_hosts(recommender: FrontDoor, two_clusters: str) -> None:
    document = json.loads(
        recommender("recommend", "--host", "b1", "--host", "b2", "-i", two_clusters, "-o", "json").stdout
    )
    assert {move["source"]["host"]["name"] for move in document["moves"]} == {"b1"}
    told = recommender("recommend", "--host", "esx-emty", "-i", two_clusters).stderr
    assert "did you mean esx-empty" in told


def test_the_curve_is_in_the_document_and_in_the_table_where_asked_for(
    recommender: FrontDoor, two_clusters: str
) -> None:
    document = json.loads(recommender("recommend", "-i", two_clusters, "-o", "json").stdout)
    assert [point["moves"] for point in document["curve"]] == sorted({0, 1, 2, 5, len(document["moves"])})
    assert "What the best moves buy" in recommender("recommend", "-i", two_clusters, "--curve").stdout
    assert "What the best moves buy" not in recommender("recommend", "-i", two_clusters).stdout


def test_a_limit_on_what_is_sent_is_kept(recommender: FrontDoor, two_clusters: str) -> None:
    document = json.loads(recommender("recommend", "-i", two_clusters, "--max-gib", "5", "-o", "json").stdout)
    assert 0 < sum(move["estimate"]["sent_mib_p50"] for move in document["moves"]) <= 5 * 1024
    assert recommender("recommend", "-i", two_clusters, "--max-gib", "-1").code == 2


@pytest.fixture
def nearly_full(tmp_path: Path) -> str:
    """A datastore 3 % above its threshold, and one with room."""
    stores = tuple(
        Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=1000 * 1024, free_mib=free * 1024)
        for name, free in (("full", 170), ("other", 700))
    )
    disk = Disk(key=2000, datastore=ref("full"), size_mib=40 * 1024)
    vm = make_vm("web", "esx", disks=(disk,), datastores=(ref("full"),), home_datastore=ref("full"))
    inventory = make_inventory([make_host("esx", datastores=("full", "other"))], [vm], datastores=stores)
    return save(inventory, tmp_path / "full.json")


def test_datastores_are_asked_about_and_told(recommender: FrontDoor, nearly_full: str) -> None:
    told = recommender("recommend", "--goal", "datastores", "-i", nearly_full)
    assert told.code == 0
    assert "balanceDatastoreSpaceUsage" in told.stdout
    assert "datastore 83.0 % (full) → datastore 79.0 % (full)" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--datastore", "full"), 0),
        (("--datastore", "full", "--datastore", "other"), 4),
        (("--datastore", "none"), 2),
        (("esx", "--datastore", "full"), 2),
        (("--datastore", "full", "--maintenance-mode"), 2),
        ((), 2),
    ],
)
def test_datastores_are_emptied_or_it_is_said_why_not(
    recommender: FrontDoor, nearly_full: str, arguments: tuple[str, ...], code: int
) -> None:
    assert recommender("evacuate", *arguments, "--dry-run", "-i", nearly_full).code == code
