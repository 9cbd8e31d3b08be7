"""Poll, decide, plan and carry out in the demonstration's data centre: what was promised is what happens."""

from dataclasses import dataclass

import pytest

from recommender.constraints.check import violations_in
from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.placement.request import Goal, PlacementRequest
from recommender.policy import Policy
from recommender.service.carry_out import CarriedOut, carry_out
from recommender.service.cycle import Decision, decide
from recommender.service.saved_decision import saved_decision
from recommender.service.world import World
from recommender.simulation.scenario import Scenario, demo_scenario
from tests.memory_journal import MemoryJournal

POLICY = Policy()
CONTINUOUS = [constraint for constraint in constraints_for(POLICY) if constraint.continuous]


@dataclass
class Run:
    scenario: Scenario
    decision: Decision
    carried: CarriedOut
    pictures: list[Inventory]
    took_s: float


@pytest.fixture(scope="module", params=[(1, Goal.EVACUATE), (2, Goal.EVACUATE), (1, Goal.BALANCE), (3, Goal.BALANCE)])
def run(request: pytest.FixtureRequest) -> Run:
    seed, goal = request.param
    scenario = demo_scenario(seed)
    clock, datacenter = scenario.clock, scenario.datacenter
    world = World(source=datacenter, migrator=datacenter, clock=clock)
    pictures: list[Inventory] = [datacenter.read()]
    evacuate = scenario.evacuate if goal is Goal.EVACUATE else ()
    decision = decide(PlacementRequest(inventory=pictures[0], policy=POLICY, goal=goal, evacuate=evacuate))
    saved = saved_decision(decision, author="test", created_at=clock.now(), maintenance_mode=True)
    datacenter.observe(pictures.append)
    began_s = clock.monotonic()
    carried = carry_out(saved, world, MemoryJournal(), policy=POLICY, author="test", stop=lambda: False)
    return Run(scenario, decision, carried, pictures, clock.monotonic() - began_s)


def test_everything_is_done(run: Run) -> None:
    assert run.decision.result.moves
    assert [outcome.detail for outcome in run.carried.outcomes if outcome.state != "done"] == []
    assert run.carried.is_complete


def test_every_vm_ends_where_the_plan_said(run: Run) -> None:
    end = run.scenario.datacenter.read()
    for move in run.decision.result.moves:
        assert end.vm(move.vm).host == move.destination
    for host in run.decision.request.evacuate:
        assert end.host(host).in_maintenance


def test_no_rule_is_broken_at_any_moment_that_was_not_broken_before(run: Run) -> None:
    before = {violation.place for violation in violations_in(CONTINUOUS, run.pictures[0])}
    assert len(run.pictures) > 2 * len(run.decision.result.moves)
    for picture in run.pictures:
        moved = [vm for vm in picture.virtual_machines if picture.in_flight_of(vm.ref)]
        assert {violation.place for violation in violations_in(CONTINUOUS, picture, moved)} <= before


def test_vcenter_never_had_to_queue_what_was_sent(run: Run) -> None:
    for call in run.scenario.datacenter.relocate_calls:
        assert call.task is not None
        status = run.scenario.datacenter.task(call.task)
        assert status is not None
        assert status.started_at == status.queued_at


def test_it_takes_about_as_long_as_planned(run: Run) -> None:
    plan = run.decision.plan
    assert 0.5 * plan.makespan_s < run.took_s < 1.5 * plan.makespan_p95_s
