"""``calibration`` learns from what the journal knows to be over, and from nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from recommender.inventory.inventory import Inventory
from recommender.journal.calibration_file import calibration_path, read_calibration
from recommender.journal.plan_file import plan_text
from recommender.journal.store import open_journal
from recommender.placement.request import PlacementRequest
from recommender.policy import Policy
from recommender.ports import StepOutcome, StepState, TaskRef
from recommender.service.cycle import decide
from recommender.service.learnt_calibration import learnt_calibration, taught_inventory
from recommender.service.saved_decision import saved_decision
from tests.inventories import TAKEN_AT, VCENTER
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor

SLOWER = 2.0


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/journal.db"
    monkeypatch.setenv("RECOMMENDER_JOURNAL__URL", url)
    return url


@pytest.fixture
def finished(url: str, full_and_empty: Inventory) -> int:
    """A plan whose migrations all took twice as long as was predicted; how many."""
    return carried_out(url, full_and_empty, SLOWER)


def carried_out(url: str, inventory: Inventory, factor: float) -> int:
    decision = decide(PlacementRequest(inventory=inventory, policy=Policy(), seed=1))
    saved = saved_decision(decision, author="ada", created_at=TAKEN_AT)
    steps = decision.plan.steps
    with open_journal(url) as journal:
        journal.begin_plan("ab" * 32, plan_text(saved), "ada", TAKEN_AT)
        uuids = [inventory.vm(step.move.vm).instance_uuid for step in steps]
        journal.add_steps("ab" * 32, list(zip(steps, uuids, strict=True)), TAKEN_AT)
        for step in steps:
            journal.record_intent("ab" * 32, step.number, f"op-{step.number}", TAKEN_AT)
            journal.record_submitted("ab" * 32, step.number, TaskRef(VCENTER, f"task-{step.number}"), TAKEN_AT)
            done = StepOutcome(state=StepState.DONE, detail="seen", duration_s=factor * step.duration_s)
            journal.record_outcome("ab" * 32, step.number, done, TAKEN_AT)
    return len(steps)


def shown(recommender: FrontDoor) -> dict[str, Any]:
    ended = recommender("calibration", "show", "-o", "json")
    assert ended.code == 0
    found = json.loads(ended.stdout)
    assert isinstance(found, dict)
    return found


def test_without_a_journal_nothing_is_learnt_and_nothing_made(url: str, recommender: FrontDoor, tmp_path: Path) -> None:
    assert url
    assert "Nothing is learnt yet" in recommender("calibration", "show").stdout
    assert list(tmp_path.iterdir()) == []


def test_predicted_is_shown_next_to_actual(finished: int, recommender: FrontDoor) -> None:
    summary = shown(recommender)
    assert finished > 1
    assert summary["migrations"] == len(summary["last"]) == finished
    assert summary["last"][0]["actual_s"] == pytest.approx(SLOWER * summary["last"][0]["model_s"])
    assert summary["error"]["predicted"] < summary["error"]["model"] == pytest.approx(0.5)
    table = recommender("calibration", "show").stdout
    assert "The last migrations" in table
    assert "(the model alone: 50.0%)" in table


def test_the_next_predictions_are_longer_and_replayed_as_they_were(
    finished: int, url: str, full_and_empty: Inventory, recommender: FrontDoor, tmp_path: Path
) -> None:
    assert finished
    taught = taught_inventory(full_and_empty, url, Policy().migration)
    for vm in taught.virtual_machines:
        assert vm.load.duration_factor == pytest.approx(SLOWER, rel=0.05)
    file = save(taught, tmp_path / "taught.json")
    ended = recommender("predict", "web-0", "--to", "esx-empty", "-i", file)
    assert "learnt factor" in ended.stdout


def test_export_and_import_carry_it_elsewhere(
    finished: int, url: str, recommender: FrontDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "learnt.json"
    assert recommender("calibration", "export", str(file)).code == 0
    monkeypatch.setenv("RECOMMENDER_JOURNAL__URL", f"sqlite:///{tmp_path}/elsewhere.db")
    assert recommender("calibration", "import", str(file)).code == 0
    assert shown(recommender)["migrations"] == finished
    monkeypatch.setenv("RECOMMENDER_JOURNAL__URL", url)
    assert recommender("calibration", "import", str(file)).code == 0
    assert shown(recommender)["migrations"] == finished  # what is in the journal was not learnt twice


def test_reset_forgets_and_asks_before(finished: int, url: str, recommender: FrontDoor) -> None:
    assert finished
    refused = recommender("calibration", "reset")
    assert refused.code == 2
    assert "--yes" in refused.stderr
    assert recommender("calibration", "reset", "--yes").code == 0
    assert shown(recommender)["migrations"] == 0
    assert calibration_path(url).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"actual_s": 0.0}, "calibration.finished[0].actual_s: must be above 0"),
        ({"actual_s": "cos.system\n(S'id'\n"}, "calibration.finished[0].actual_s"),
        ({"learner": "pickle"}, "calibration.finished[0].learner"),
    ],
)
def test_what_is_no_calibration_is_not_imported(
    finished: int, url: str, recommender: FrontDoor, tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    assert finished
    file = tmp_path / "learnt.json"
    recommender("calibration", "export", str(file))
    document = json.loads(file.read_text())
    document["calibration"]["finished"][0] |= change
    file.write_text(json.dumps(document))
    ended = recommender("calibration", "import", str(file))
    assert ended.code != 0
    assert problem in ended.stderr
    assert not calibration_path(url).exists()


def test_an_exported_state_is_read_back_as_it_was(
    finished: int, url: str, recommender: FrontDoor, tmp_path: Path
) -> None:
    file = tmp_path / "learnt.json"
    recommender("calibration", "export", str(file))
    assert len(read_calibration(file).calibration.finished) == finished
    assert read_calibration(file) == learnt_calibration(url, None)


def test_a_task_that_was_over_at_once_teaches_nothing(
    url: str, full_and_empty: Inventory, recommender: FrontDoor
) -> None:
    assert carried_out(url, full_and_empty, 0.001) > 1
    assert shown(recommender)["migrations"] == 0


def test_why_tells_what_each_level_contributed_and_on_how_much(
    recommender: FrontDoor, finished: int, full_and_empty: Inventory, tmp_path: Path
) -> None:
    vm = next(one for one in full_and_empty.virtual_machines if one.is_powered_on)
    elsewhere = next(host for host in full_and_empty.hosts if host.ref != vm.host)
    saved = save(full_and_empty, tmp_path / "inventory.json")
    asked = ("predict", vm.name, "--to", elsewhere.name, "-i", saved, "--why")
    told = json.loads(recommender(*asked, "-o", "json").stdout)["calibration"]
    assert sum(level["migrations"] for level in told["levels"]) == finished
    assert sum(level["weight"] for level in told["levels"]) == pytest.approx(1.0)
    assert told["learnt_s"] / told["model_s"] == pytest.approx(SLOWER, rel=0.05)
    assert told["judged_on"] == finished
    assert told["p95_s"] is None
    text = recommender(*asked).stdout
    assert "this VM" in text
    assert "the model itself" in text
    assert "past errors are too few" in text


def test_why_is_of_a_move_alone(recommender: FrontDoor) -> None:
    ended = recommender("predict", "--memory-mib", "1", "--why")
    assert (ended.code, "--why" in ended.stderr) == (2, True)
