"""What the journal remembers of the last day, without making a journal to ask it."""

from datetime import timedelta
from pathlib import Path

from recommender.journal.store import open_journal
from recommender.ports import StepOutcome, StepState
from recommender.service.balancing.recent_history import recent_moves
from tests.inventories import TAKEN_AT
from tests.unit.actuation.worlds import a_step, three_hosts


def test_without_a_journal_there_are_no_moves_and_still_no_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    assert recent_moves(f"sqlite:///{path}", TAKEN_AT) == ()
    assert list(tmp_path.iterdir()) == []


def test_what_was_done_within_a_day_is_remembered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"
    steps = [(a_step(three_hosts(), number, f"v{number}", "b"), f"uuid-v{number}") for number in (1, 2)]
    with open_journal(url) as journal:
        journal.begin_plan("plan", "{}", "test", TAKEN_AT)
        journal.add_steps("plan", steps, TAKEN_AT)
        for number, hours in ((1, 30), (2, 2)):
            at = TAKEN_AT - timedelta(hours=hours)
            journal.record_intent("plan", number, f"op-{number}", at)
            journal.record_outcome("plan", number, StepOutcome(state=StepState.DONE, detail="seen"), at)
    assert [move.instance_uuid for move in recent_moves(url, TAKEN_AT)] == ["uuid-v2"]
