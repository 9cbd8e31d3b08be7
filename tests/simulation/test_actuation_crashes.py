"""A process that is killed anywhere: the next one settles everything by looking, and nothing is sent twice."""

from collections import Counter
from dataclasses import replace

import pytest

from recommender.actuation.recovery import recover
from recommender.ports import StepState
from recommender.simulation.failures import CallFault, FaultyCall
from tests.inventories import ref
from tests.simulation.killed import Killed, KillSwitch
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, World, a_plan, a_step, three_hosts

SETTLED = (StepState.PENDING, StepState.DONE, StepState.FAILED, StepState.SKIPPED)
FAILURES = [
    (),
    (FaultyCall(call=1, fault=CallFault.LOST_ANSWER), FaultyCall(call=2, fault=CallFault.LOST_REQUEST)),
    (FaultyCall(call=2, fault=CallFault.BREAKS_OFF), FaultyCall(call=3, fault=CallFault.REFUSED)),
]


def run_until(at: int | None, failures: tuple[FaultyCall, ...]) -> tuple[World, int]:
    """The world as a process left it that was killed at that moment, and how many moments there were."""
    world = World(three_hosts(), failures)
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"),
        a_step(world.inventory, 2, "v2", "c"),
        a_step(world.inventory, 3, "v3", "b", start_s=10.0, after=(1,)),
    )
    switch = KillSwitch(at)
    try:
        world.run(
            plan,
            inventory_source=switch.watch(world.datacenter),
            migrator=switch.watch(world.datacenter),
            journal=switch.watch(world.journal),
            patience=replace(PATIENCE, poll_s=5.0),
        )
    except Killed:
        assert at is not None
    return world, switch.moments


@pytest.mark.parametrize("failures", FAILURES)
def test_killed_at_any_moment_nothing_is_sent_twice_and_everything_is_settled(failures: tuple[FaultyCall, ...]) -> None:
    _, moments = run_until(None, failures)
    assert moments > 30
    for at in range(1, moments + 1):
        world, _ = run_until(at, failures)
        before = list(world.datacenter.relocate_calls)
        recover(world.journal, world.datacenter, world.clock, patience=PATIENCE)
        assert world.datacenter.relocate_calls == before, at
        assert max(Counter(call.operation_id for call in before).values(), default=0) <= 1, at
        assert world.journal.open_steps() == (), at
        assert set(world.journal.states(PLAN_ID).values()) <= set(SETTLED), at
        for (_, number), row in world.journal.rows.items():
            sent = [call for call in before if call.move.vm == row.step.move.vm]
            assert not sent or row.state is not StepState.PENDING, at
            place = world.datacenter.place_of(row.step.move.vm)
            assert place is not None
            assert (row.state is StepState.DONE) == (place.host == row.step.move.destination), (at, number)


def test_a_recovery_that_is_killed_is_recovered_from() -> None:
    for at in range(1, 200):
        world, _ = run_until(16, FAILURES[0])
        before = list(world.datacenter.relocate_calls)
        switch = KillSwitch(at)
        try:
            recover(switch.watch(world.journal), switch.watch(world.datacenter), world.clock, patience=PATIENCE)
        except Killed:
            recover(world.journal, world.datacenter, world.clock, patience=PATIENCE)
        else:
            break
        assert world.datacenter.relocate_calls == before
        assert world.journal.open_steps() == ()
        assert world.host_of("v1") == "b"
    else:
        pytest.fail("the recovery never came to its end")


def test_the_moment_between_the_call_and_its_answer_is_one_of_them() -> None:
    _, moments = run_until(None, ())
    lost = [
        at
        for at in range(1, moments + 1)
        if (world := run_until(at, ())[0]).sent and not world.journal.rows[PLAN_ID, 1].task
    ]
    assert lost
    world = run_until(lost[0], ())[0]
    recover(world.journal, world.datacenter, world.clock, patience=PATIENCE)
    assert world.host_of("v1") == ref("b").moid
