"""A migration that takes far too long is left to itself: nothing waits for it, and nothing forgets it."""

from dataclasses import replace

from recommender.actuation.patience import SERVICE_PATIENCE, Patience
from recommender.policy import ConcurrencyLimits
from recommender.ports import StepState
from recommender.simulation.datacenter import HANGS_S
from recommender.simulation.failures import CallFault, FaultyCall
from tests.unit.actuation.worlds import PATIENCE, PLAN_ID, POLICY, World, a_plan, a_step, detail, states, three_hosts

HURRIED = replace(PATIENCE, hung_after_p95=3.0, hung_least_s=60.0, silence_s=30.0)
FIRST_HANGS = [FaultyCall(call=1, fault=CallFault.HANGS)]
DONE, SKIPPED, UNKNOWN = StepState.DONE, StepState.SKIPPED, StepState.UNKNOWN


def test_the_service_has_less_patience_than_a_person_who_waits_for_one_plan() -> None:
    assert Patience().hangs_after_s(10.0) == float("inf")
    assert SERVICE_PATIENCE.hangs_after_s(10.0) == 900.0
    assert SERVICE_PATIENCE.hangs_after_s(3600.0) == 10_800.0


def test_what_hangs_is_left_open_in_the_journal_and_the_rest_is_done() -> None:
    world = World(three_hosts(), FIRST_HANGS)
    plan = a_plan(
        a_step(world.inventory, 1, "v1", "b"),
        a_step(world.inventory, 2, "v2", "c", start_s=10.0),
        a_step(world.inventory, 3, "v3", "b", start_s=10.0, after=(1,)),
    )
    results = world.run(plan, patience=HURRIED)
    assert states(results) == {1: UNKNOWN, 2: DONE, 3: SKIPPED}
    assert detail(results, 1).startswith("it has not ended after 6")
    assert detail(results, 3) == "it depends on step 1, whose outcome is unknown"
    assert world.journal.rows[PLAN_ID, 1].state is StepState.SUBMITTED
    assert [step.vm.moid for step in world.journal.open_steps()] == ["v1"]
    assert world.clock.monotonic() < HANGS_S


def test_a_person_who_waits_for_the_plan_gets_its_end() -> None:
    world = World(three_hosts(), FIRST_HANGS)
    results = world.run(a_plan(a_step(world.inventory, 1, "v1", "b")))
    assert states(results) == {1: StepState.FAILED}
    assert world.clock.monotonic() >= HANGS_S


def test_what_hangs_still_holds_its_units() -> None:
    world = World(three_hosts(), FIRST_HANGS)
    one_at_a_time = replace(POLICY, limits=ConcurrencyLimits(host_units=1))
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c", start_s=10.0))
    results = world.run(plan, patience=HURRIED, policy=one_at_a_time)
    assert states(results) == {1: UNKNOWN, 2: SKIPPED}
    assert "host a has no room for 3" in detail(results, 2)
    assert world.sent == ["v1"]


def test_one_that_ends_after_all_is_written_down_while_the_plan_goes_on() -> None:
    world = World(three_hosts(), FIRST_HANGS)
    one_at_a_time = replace(POLICY, limits=ConcurrencyLimits(host_units=1))
    plan = a_plan(a_step(world.inventory, 1, "v1", "b"), a_step(world.inventory, 2, "v2", "c", start_s=1e6))
    results = world.run(plan, patience=replace(HURRIED, silence_s=2 * HANGS_S), policy=one_at_a_time)
    assert states(results) == {1: StepState.FAILED, 2: DONE}
    assert world.journal.open_steps() == ()
