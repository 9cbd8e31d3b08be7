"""What the commands print from a saved inventory, for people and for programs."""

import json
from pathlib import Path

import pytest

from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor


def test_recommend_tells_moves_with_reason_price_and_proof(recommender: FrontDoor, saved: str) -> None:
    told = recommender("recommend", "-i", saved)
    assert told.code == 0
    assert "web-" in told.stdout
    assert "esx-full" in told.stdout
    assert "fairnessCpuAvg" in told.stdout
    assert "gain gap" in told.stdout
    assert told.stderr == ""


def test_the_json_carries_what_the_readme_promises(recommender: FrontDoor, saved: str) -> None:
    document = json.loads(recommender("plan", "-i", saved, "-o", "json").stdout)
    assert document["format"] == "recommender-recommendation/1"
    assert document["status"] in ("optimal", "feasible")
    objective, bound = document["objective"]["total"], document["bound"]
    assert document["objective"]["total"] == pytest.approx(sum(document["objective"]["terms"].values()))
    assert document["gap"] == pytest.approx((objective - bound) / objective)
    start = document["starting_objective"]["total"]
    assert document["gain_gap"] == pytest.approx((objective - bound) / (start - bound))
    for move in document["moves"]:
        assert move["source"]["host"]["name"] == "esx-full"
        assert move["destination"]["host"]["name"] == "esx-empty"
        assert move["destination"]["datastores"][0]["name"] == "ds"
        assert 1 <= move["priority"] <= 5
        assert 0 < move["estimate"]["duration_p50_s"] <= move["estimate"]["duration_p95_s"]
        assert move["estimate"]["sent_mib_p50"] > 0
    ends = [step["end_s"] for step in document["steps"]]
    assert document["makespan_s"] == pytest.approx(max(ends))
    assert 0 < document["makespan_lower_bound_s"] <= document["makespan_s"] + 1e-9


def test_the_same_file_gives_the_same_answer_twice(recommender: FrontDoor, saved: str) -> None:
    once, twice = (recommender("recommend", "-i", saved, "-o", "json").stdout for _ in range(2))
    assert once == twice


def test_explain_says_why_a_vm_moves_or_stays(recommender: FrontDoor, saved: str) -> None:
    told = recommender("explain", "web-0", "-i", saved)
    assert told.code == 0
    assert "decision" in told.stdout
    assert "esx-empty" in told.stdout


def test_a_dry_run_evacuates_nothing_and_shows_the_plan(recommender: FrontDoor, saved: str) -> None:
    told = recommender("evacuate", "esx-full", "--dry-run", "-i", saved)
    assert told.code == 0
    assert "makespan" in told.stdout
    assert told.stdout.count("hostMaint") == 6


def test_names_from_outside_steer_no_terminal_and_are_no_markup(recommender: FrontDoor, tmp_path: Path) -> None:
    hostile = "[bold red]x[/]\x1b[31m\u202e"
    hosts = [make_host(name, cluster=ref("cluster")) for name in ("esx-a", "esx-b")]
    vms = [make_vm(f"vm-{number}", "esx-a", cpu=2800, name=f"{hostile}{number}") for number in range(6)]
    file = save(make_inventory(hosts, vms), tmp_path / "hostile.json")
    for command in (("recommend",), ("plan",), ("evacuate", "esx-a", "--dry-run"), ("explain", f"{hostile}1")):
        told = recommender(*command, "-i", file)
        assert told.code == 0, told.stderr
        assert "\x1b" not in told.stdout
        assert "\u202e" not in told.stdout
        assert "[bold red]x[/]" in told.stdout
        assert json.loads(recommender(*command, "-i", file, "-o", "json").stdout)


def test_an_empty_inventory_has_nothing_to_do(recommender: FrontDoor, tmp_path: Path) -> None:
    file = save(make_inventory([], []), tmp_path / "empty.json")
    for command in ("recommend", "plan"):
        told = recommender(command, "-i", file)
        assert told.code == 0
        assert "nothing to do" in told.stdout


def test_a_plan_from_a_file_is_saved_for_apply(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    told = recommender("plan", "-i", saved, "--max-moves", "1", "--out", str(tmp_path / "tonight.plan"))
    assert told.code == 0
    document = json.loads((tmp_path / "tonight.plan").read_text())
    assert document["format"] == "recommender-plan/1"
    assert len(document["plan"]["steps"]) == 1


def test_schemas_are_json_schemas(recommender: FrontDoor) -> None:
    for command in (("inventory", "schema"), ("config", "schema")):
        assert "properties" in json.loads(recommender(*command).stdout)


def test_the_fixture_has_something_to_do(full_and_empty: Inventory) -> None:
    assert len(full_and_empty.vms_on(ref("esx-full"))) == 6
