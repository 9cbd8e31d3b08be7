"""Without a journal nothing is sent; what was sent is followed to its end all the same."""

import pytest

from recommender.errors import JournalError, LeaseLost
from recommender.ports import StepState
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import World, a_plan, a_step, three_hosts


class FailingJournal(MemoryJournal):
    """Its ``method`` fails from the ``call``-th call on."""

    def __init__(self, method: str, call: int, error: JournalError) -> None:
        super().__init__()
        self.calls = 0
        works = getattr(self, method)

        def fails(*arguments: object) -> None:
            self.calls += 1
            if self.calls >= call:
                raise error
            works(*arguments)

        setattr(self, method, fails)


def run(journal: MemoryJournal) -> World:
    world = World(three_hosts())
    world.journal = journal
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))
    with pytest.raises(JournalError, match="disk is full"):
        world.run(plan)
    return world


def told(world: World) -> list[tuple[int, StepState]]:
    return [(event.step.number, event.outcome.state) for event in world.events if event.outcome is not None]


def test_nothing_is_sent_whose_intent_is_not_written() -> None:
    world = run(FailingJournal("record_intent", 1, JournalError("disk is full")))
    assert world.sent == []
    assert told(world) == [(1, StepState.SKIPPED), (2, StepState.SKIPPED)]


def test_what_was_sent_is_followed_and_nothing_more_is_sent() -> None:
    world = run(FailingJournal("record_submitted", 1, JournalError("disk is full")))
    assert world.sent == ["v1"]
    assert world.host_of("v1") == "b"
    assert told(world) == [(2, StepState.SKIPPED), (1, StepState.DONE)]
    assert world.journal.rows[next(iter(world.journal.rows))].state is StepState.DONE


def test_an_outcome_that_cannot_be_written_stops_everything_after_it() -> None:
    world = run(FailingJournal("record_outcome", 1, JournalError("disk is full")))
    assert world.sent == ["v1"]
    assert told(world) == [(1, StepState.DONE), (2, StepState.SKIPPED)]


def test_a_lost_lease_stops_at_once() -> None:
    world = run(FailingJournal("record_intent", 2, LeaseLost("another daemon leads; disk is full")))
    assert world.sent == ["v1"]
