"""A pause lets steps wait, a cancellation skips them, and handing over leaves what runs to the next process."""

import pytest

from recommender.actuation.recovery import recover
from recommender.errors import HandedOver
from recommender.planning.plan import Plan
from recommender.ports import Order, OrderKind, StepState
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, World, a_plan, a_step, detail, states, three_hosts


def order(kind: OrderKind, world: World) -> Order:
    return Order(kind=kind, author="ada", reason="storage is slow", at=world.clock.now())


def two_moves(world: World) -> Plan:
    return a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "b", start_s=10.0))


def test_a_pause_lets_the_next_step_wait_until_it_is_resumed() -> None:
    world = World(three_hosts())

    def stop() -> bool:
        if world.sent == ["v1"] and world.clock.monotonic() < 300:
            world.journal.order = order(OrderKind.PAUSE, world)
        elif world.clock.monotonic() >= 300:
            world.journal.order = None
        return False

    results = world.run(two_moves(world), stop=stop)
    assert set(states(results).values()) == {StepState.DONE}
    assert world.datacenter.relocate_calls[1].at >= world.datacenter.relocate_calls[0].at
    assert (world.datacenter.relocate_calls[1].at - world.events[0].at).total_seconds() >= 299


def test_a_cancellation_skips_what_has_not_started() -> None:
    world = World(three_hosts())

    def stop() -> bool:
        if world.sent:
            world.journal.order = order(OrderKind.CANCEL, world)
        return False

    results = world.run(two_moves(world), stop=stop)
    assert states(results) == {1: StepState.DONE, 2: StepState.SKIPPED}
    assert detail(results, 2) == "the plan was cancelled by ada: storage is slow"


def test_handing_over_leaves_what_runs_open_for_the_next_process() -> None:
    world = World(three_hosts())

    def stop() -> bool:
        return bool(world.sent)

    with pytest.raises(HandedOver, match="1 migrations run on"):
        world.run(two_moves(world), stop=stop, hand_over=stop)
    assert world.clock.monotonic() < 5
    assert world.journal.states(PLAN_ID) == {1: StepState.SUBMITTED, 2: StepState.SKIPPED}
    (recovered,) = recover(world.journal, world.datacenter, world.clock, patience=PATIENCE)
    assert recovered.outcome.state is StepState.DONE
    assert world.sent == ["v1"]
