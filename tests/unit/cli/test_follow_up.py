"""``plan --continue`` and ``--roll-back`` ask the journal, and say what is wrong with the question."""

from datetime import UTC, datetime
from pathlib import Path

from recommender.journal.inventory_file import read_inventory
from recommender.journal.plan_file import plan_id, plan_text, read_plan
from recommender.journal.store import open_journal
from recommender.ports import StepOutcome, StepState
from tests.unit.cli.conftest import save
from tests.unit.cli.front_door import FrontDoor

USAGE, NOW = 2, datetime(2026, 1, 1, tzinfo=UTC)


def test_the_rest_and_the_way_back_of_a_plan_that_was_applied_in_part(
    recommender: FrontDoor, saved: str, tmp_path: Path
) -> None:
    inventory = read_inventory(Path(saved)).inventory
    assert recommender("plan", "-i", saved, "--out", str(tmp_path / "p.plan")).code == 0
    applied = read_plan(tmp_path / "p.plan")
    first = applied.plan.steps[0]
    config = tmp_path / "config.toml"
    config.write_text(f'[journal]\nurl = "sqlite:///{tmp_path}/journal.db"\n')
    with open_journal(f"sqlite:///{tmp_path}/journal.db") as journal, journal.acting():
        journal.begin_plan(plan_id(applied), plan_text(applied), "test", NOW)
        uuids = {vm.ref: vm.instance_uuid for vm in inventory.virtual_machines}
        journal.add_steps(plan_id(applied), [(step, uuids[step.move.vm]) for step in applied.plan.steps], NOW)
        journal.record_intent(plan_id(applied), first.number, "op", NOW)
        asked = ("plan", "--config", str(config), "--roll-back", plan_id(applied)[:8])
        after = save(inventory.with_vm_on(first.move.vm, first.move.destination), tmp_path / "after.json")
        open_yet = recommender(*asked, "-i", after)
        assert open_yet.code == USAGE
        assert "not known yet" in open_yet.stderr
        journal.record_outcome(plan_id(applied), first.number, StepOutcome(state=StepState.DONE, detail=""), NOW)
    back = recommender(*asked, "-i", after, "--out", str(tmp_path / "back.plan"))
    assert back.code == 0
    (step,) = read_plan(tmp_path / "back.plan").plan.steps
    assert (step.move.vm, step.move.source, step.move.destination) == (
        first.move.vm,
        first.move.destination,
        first.move.source,
    )
    rest = recommender("plan", "--config", str(config), "--continue", plan_id(applied), "-i", after)
    assert rest.code == 0
    assert first.move.vm.moid not in rest.stdout


def test_a_plan_that_the_journal_does_not_know(recommender: FrontDoor, saved: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[journal]\nurl = "sqlite:///{tmp_path}/journal.db"\n')
    with open_journal(f"sqlite:///{tmp_path}/journal.db"):
        pass
    told = recommender("plan", "--config", str(config), "--continue", "beef", "-i", saved)
    assert told.code == USAGE
    assert "knows no plan" in told.stderr
    both = recommender("plan", "--continue", "a", "--roll-back", "a", "-i", saved)
    assert both.code == USAGE
