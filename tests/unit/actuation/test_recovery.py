"""After a crash the world is asked what became of open steps; nothing is sent."""

from collections.abc import Callable

import pytest

from recommender.actuation.operation_id import step_operation_id
from recommender.actuation.recovery import recover
from recommender.errors import JournalError
from recommender.ports import StepOutcome, StepState
from recommender.simulation.failures import Outage
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, World, a_step, three_hosts


def crashed(*, sent: bool, submitted: bool, outage: bool = False) -> World:
    """A world in which a process died while it carried out one step."""
    world = World(three_hosts(), [Outage(at_s=1.0, for_s=10_000.0)] if outage else [])
    step = a_step(world.inventory, 1, "v1", "b")
    now = world.clock.now()
    world.journal.begin_plan(PLAN_ID, "", "test", now)
    world.journal.add_steps(PLAN_ID, [(step, "uuid-v1")], now)
    world.journal.record_intent(PLAN_ID, 1, step_operation_id(PLAN_ID, 1), now)
    if sent:
        task = world.datacenter.relocate(step.move, step_operation_id(PLAN_ID, 1))
        if submitted:
            world.journal.record_submitted(PLAN_ID, 1, task, now)
    return world


def outcome_in(world: World, *, stop: Callable[[], bool] = lambda: False) -> StepOutcome:
    calls = len(world.datacenter.relocate_calls)
    (recovered,) = recover(world.journal, world.datacenter, world.clock, stop=stop, patience=PATIENCE)
    assert len(world.datacenter.relocate_calls) == calls
    assert world.journal.rows[PLAN_ID, 1].outcome == recovered.outcome
    return recovered.outcome


@pytest.mark.parametrize("submitted", [True, False])
def test_a_migration_that_still_runs_is_followed_to_its_end(*, submitted: bool) -> None:
    world = crashed(sent=True, submitted=submitted)
    outcome = outcome_in(world)
    assert outcome.state is StepState.DONE
    assert outcome.duration_s is not None
    assert world.host_of("v1") == "b"
    assert world.journal.open_steps() == ()


@pytest.mark.parametrize("submitted", [True, False])
def test_a_migration_that_ended_meanwhile_is_found(*, submitted: bool) -> None:
    world = crashed(sent=True, submitted=submitted)
    world.clock.sleep(3600.0)
    assert outcome_in(world).state is StepState.DONE


def test_an_intent_that_was_never_sent_has_failed() -> None:
    world = crashed(sent=False, submitted=False)
    outcome = outcome_in(world)
    assert outcome.state is StepState.FAILED
    assert "no task of it appeared" in outcome.detail


def test_what_cannot_be_seen_stays_unknown_and_is_settled_by_a_later_look() -> None:
    world = crashed(sent=True, submitted=True, outage=True)
    world.clock.sleep(2.0)
    assert outcome_in(world).state is StepState.UNKNOWN
    assert len(world.journal.open_steps()) == 1
    world.clock.sleep(10_000.0)
    assert outcome_in(world).state is StepState.DONE
    assert world.journal.open_steps() == ()


def test_the_dead_process_can_send_nothing_more_if_it_wakes_up() -> None:
    world = crashed(sent=True, submitted=True)
    world.journal.add_steps(PLAN_ID, [(a_step(world.inventory, 2, "v2", "b"), "uuid-v2")], world.clock.now())
    outcome_in(world)
    with pytest.raises(JournalError, match="has ended"):
        world.journal.record_intent(PLAN_ID, 2, "op", world.clock.now())


def test_asked_to_stop_it_leaves_open_what_still_runs() -> None:
    world = crashed(sent=True, submitted=True)
    assert recover(world.journal, world.datacenter, world.clock, stop=lambda: True, patience=PATIENCE) == ()
    assert [step.state for step in world.journal.open_steps()] == [StepState.SUBMITTED]
