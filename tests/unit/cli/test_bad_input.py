"""Bad input ends in one clear message, a documented exit code, and nothing lost."""

import json
from pathlib import Path

import pytest

from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor

USAGE, INFEASIBLE = 2, 4


def test_an_unknown_name_comes_with_near_matches(recommender: FrontDoor, saved: str) -> None:
    for command in (("recommend", "web-O"), ("explain", "web-O"), ("evacuate", "esx-ful", "--dry-run")):
        told = recommender(*command, "-i", saved)
        assert told.code == USAGE
        assert "did you mean" in told.stderr
        assert told.stdout == ""


def test_a_name_in_two_data_centres_asks_which(recommender: FrontDoor, tmp_path: Path) -> None:
    hosts = [make_host(name, name="esx-1", datacenter=place) for name, place in (("h1", "east"), ("h2", "west"))]
    vms = [make_vm("v1", "h1", name="web"), make_vm("v2", "h2", name="web")]
    file = save(make_inventory(hosts, vms), tmp_path / "two.json")
    told = recommender("recommend", "web", "-i", file)
    assert told.code == USAGE
    assert "east/web, west/web" in told.stderr
    assert recommender("recommend", "east/web", "-i", file).code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json at all", "not JSON"),
        ('{"format": "recommender-inventory/0"}', "older version"),
        ('{"format": "recommender-plan/1"}', "recommender-plan/1"),
        ("[]", "format"),
    ],
)
def test_a_file_that_is_no_inventory_is_said_to_be_so(
    recommender: FrontDoor, tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "file.json"
    file.write_text(content)
    told = recommender("recommend", "-i", str(file))
    assert told.code == USAGE
    assert message in told.stderr
    assert file.read_text() == content


def test_every_problem_of_an_inventory_is_told_at_once_with_its_path(
    recommender: FrontDoor, saved: str, tmp_path: Path
) -> None:
    document = json.loads(Path(saved).read_text())
    document["inventory"]["hosts"][0]["cpu_mhz"] = "many"
    document["inventory"]["virtual_machines"][1]["memory_mib"] = -1
    document["inventory"]["virtual_machines"][2]["colour"] = "blue"
    document["inventory"]["virtual_machines"][3]["snapshot_mib"] = -1
    document["inventory"]["virtual_machines"][4]["load"]["memory_consumed_mib"] = 10**18
    document["policy"]["weights"]["should_rule"] = 1e300
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    told = recommender("recommend", "-i", str(broken))
    assert told.code == USAGE
    for place in (
        "cpu_mhz",
        "memory_mib",
        "colour",
        "snapshot_mib",
        "[4].load.memory_consumed_mib",
        "weights.should_rule",
    ):
        assert place in told.stderr


@pytest.mark.parametrize("amount", [None, -1, 1.5, "many", float("nan"), 10**18])
def test_a_number_that_is_missing_or_none_is_told_with_its_place(
    recommender: FrontDoor, saved: str, tmp_path: Path, amount: object
) -> None:
    document = json.loads(Path(saved).read_text())
    del document["inventory"]["hosts"][0]["memory_mib"]
    document["inventory"]["hosts"][1]["memory_mib"] = amount
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    told = recommender("recommend", "-i", str(broken))
    assert told.code == USAGE
    assert "hosts[0].memory_mib" in told.stderr
    assert "hosts[1].memory_mib" in told.stderr


def test_a_plan_file_that_is_none_is_refused_before_any_vcenter_is_asked_for(
    recommender: FrontDoor, saved: str, tmp_path: Path
) -> None:
    told = recommender("apply", saved)
    assert told.code == USAGE
    assert "recommender-plan/1" in told.stderr
    absent = recommender("apply", str(tmp_path / "absent.plan"))
    assert absent.code == USAGE
    assert "absent.plan" in absent.stderr


def test_all_errors_of_a_configuration_are_told_at_once(recommender: FrontDoor, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[policy]\nheadroom_percent = 200\nspeed = 3\n[serve]\npoll_interval_s = "often"\n')
    told = recommender("config", "check", str(file))
    assert told.code == USAGE
    for place in ("policy.headroom_percent", "policy.speed", "serve.poll_interval_s"):
        assert place in told.stderr


def test_an_evacuation_that_cannot_be_is_refused_with_numbers(recommender: FrontDoor, tmp_path: Path) -> None:
    hosts = [make_host(name, cluster=ref("cluster")) for name in ("esx-a", "esx-b")]
    vms = [make_vm(f"vm-{number}", host, memory=60_000) for number, host in enumerate(("esx-a", "esx-b"))]
    told = recommender("evacuate", "esx-a", "--dry-run", "-i", save(make_inventory(hosts, vms), tmp_path / "x.json"))
    assert told.code == INFEASIBLE
    assert "vm-0 has to leave and no host can take it" in told.stdout
    assert "at most 97,280 MiB" in told.stdout


def test_nothing_is_carried_out_from_a_file_or_without_a_yes(
    recommender: FrontDoor, saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recommender("evacuate", "esx-full", "-i", saved).code == USAGE
    assert recommender("recommend", "-i", saved, "--vcenter", "vc.example.net").code == USAGE
    monkeypatch.delenv("GOVC_URL", raising=False)
    nowhere = recommender("recommend")
    assert nowhere.code == USAGE
    assert "--vcenter" in nowhere.stderr


def test_a_password_in_the_url_and_govc_insecure_are_refused(
    recommender: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = recommender("recommend", "--vcenter", "https://me:hunter2@vc.example.net/sdk")
    assert told.code == USAGE
    assert "hunter2" not in told.stderr
    monkeypatch.setenv("GOVC_URL", "vc.example.net")
    monkeypatch.setenv("GOVC_INSECURE", "1")
    insecure = recommender("recommend")
    assert insecure.code == USAGE
    assert "GOVC_INSECURE" in insecure.stderr
