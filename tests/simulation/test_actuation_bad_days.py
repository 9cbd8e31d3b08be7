"""Random plans on days on which things go wrong: whatever happens, nothing is sent twice and no rule is broken."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest

from recommender.actuation.step_result import StepResult
from recommender.constraints.check import caused_by_move
from recommender.constraints.registry import constraints_for
from recommender.errors import InventoryUnavailable
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.placement.result import Move
from recommender.planning.plan import Plan
from recommender.policy import Policy
from recommender.ports import StepState, TaskRef, TaskState
from recommender.simulation.clock import MONDAY_MORNING
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import random_failures
from recommender.simulation.inventory_generator import generate_inventory
from tests.inventories import VCENTER
from tests.unit.actuation.worlds import PLAN_ID, World, a_plan, a_step

SEEDS = range(12)
STEPS = 30
POLICY = Policy()
CONTINUOUS = [constraint for constraint in constraints_for(POLICY) if constraint.continuous]
ENDS = {StepState.DONE, StepState.FAILED, StepState.SKIPPED, StepState.UNKNOWN}


def random_plan(inventory: Inventory, seed: int) -> Plan:
    """Moves of different VMs within their clusters, some of them impossible, at overlapping times."""
    draw = np.random.default_rng(seed)
    vms = [vm for vm in inventory.virtual_machines if vm.kind is VmKind.ORDINARY]
    hosts = [host.ref.moid for host in inventory.hosts]
    steps, start_s = [], 0.0
    for number, position in enumerate(draw.permutation(len(vms))[:STEPS], start=1):
        vm = vms[position]
        elsewhere = [host for host in hosts if host != vm.host.moid]
        after = (int(draw.integers(1, number)),) if number > 1 and draw.random() < 0.2 else ()
        to = elsewhere[draw.integers(len(elsewhere))]
        steps.append(a_step(inventory, number, vm.ref.moid, to, start_s=start_s, after=after))
        start_s += float(draw.choice([0.0, 3.0, 12.0]))
    return a_plan(*steps)


class Witness:
    """A ``Migrator`` that looks, at the moment of each call, whether it may be made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.world.datacenter, name)

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        (row,) = [row for row in self.world.journal.rows.values() if row.step.move == move]
        assert row.state is StepState.INTENT
        assert row.operation_id == operation_id
        self._no_rule_breaks(self.world.datacenter, move)
        return self.world.datacenter.relocate(move, operation_id)

    def _no_rule_breaks(self, datacenter: SimulatedDataCenter, move: Move) -> None:
        try:
            now = datacenter.read()
        except InventoryUnavailable:
            return
        self.seen += 1
        assert now.in_flight_of(move.vm) is None
        assert caused_by_move(CONTINUOUS, now, now.vm(move.vm), now.host(move.destination)) == ()


class BadDay:
    def __init__(self, seed: int) -> None:
        start = generate_inventory(seed, hosts=6, vms=60, clusters=1, vcenter=VCENTER)
        failures = random_failures(seed, start, calls=STEPS, duration_s=60.0, faulty_share=0.3)
        self.world = World(start, failures, seed)
        self.witness = Witness(self.world)
        self.plan = random_plan(start, seed)
        self.results: dict[int, StepResult] = self.world.run(self.plan, policy=POLICY, migrator=self.witness)


@pytest.fixture(scope="module", params=SEEDS)
def day(request: pytest.FixtureRequest) -> BadDay:
    return BadDay(request.param)


def test_much_is_sent_and_some_of_it_goes_wrong(day: BadDay) -> None:
    ends = Counter(result.outcome.state for result in day.results.values())
    assert day.witness.seen > 5
    assert ends[StepState.DONE] > 3
    assert ends[StepState.FAILED] + ends[StepState.SKIPPED] > 0


def test_nothing_is_sent_twice(day: BadDay) -> None:
    calls = day.world.datacenter.relocate_calls
    assert max(Counter(call.operation_id for call in calls).values()) == 1
    assert max(Counter(call.move.vm for call in calls).values()) == 1


def test_every_step_has_its_end_in_the_journal(day: BadDay) -> None:
    states = day.world.journal.states(PLAN_ID)
    assert set(states) == {step.number for step in day.plan.steps}
    assert set(states.values()) <= ENDS
    assert states == {number: result.outcome.state for number, result in day.results.items()}
    assert all(result.outcome.detail for result in day.results.values())


def test_only_what_was_sent_is_done_failed_or_unknown(day: BadDay) -> None:
    sent = {call.move.vm for call in day.world.datacenter.relocate_calls}
    for result in day.results.values():
        assert (result.step.move.vm in sent) == (result.outcome.state is not StepState.SKIPPED)


def test_what_is_told_as_done_is_what_vcenter_has_done(day: BadDay) -> None:
    by_vm: dict[EntityRef, TaskState] = {}
    for call in day.world.datacenter.relocate_calls:
        for task in day.world.datacenter.recent_tasks(call.move.vm, MONDAY_MORNING - timedelta(days=1)):
            if task.operation_id == call.operation_id:
                by_vm[call.move.vm] = task.state
    for result in day.results.values():
        told_done = result.outcome.state is StepState.DONE
        assert told_done == (by_vm.get(result.step.move.vm) is TaskState.SUCCESS)


def test_no_step_is_sent_whose_predecessor_is_not_done(day: BadDay) -> None:
    for result in day.results.values():
        if result.sent_at is not None:
            for number in result.step.depends_on:
                before = day.results[number]
                assert before.outcome.state is StepState.DONE
                assert before.ended_at <= result.sent_at
