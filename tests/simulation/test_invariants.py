"""Random moves on bad days: whatever is asked of the simulated vCenter, it stays a possible world."""

from contextlib import suppress
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest

from recommender.errors import ActuationError, InventoryUnavailable
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.ports import TaskState, TaskStatus
from recommender.simulation.clock import SimulatedClock
from recommender.simulation.datacenter import SimulatedDataCenter
from recommender.simulation.failures import random_failures
from recommender.simulation.inventory_generator import generate_inventory
from tests.inventories import VCENTER
from tests.simulation.moves import a_move

SEEDS = range(8)
BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class Day:
    """120 random moves in ten minutes, on a day on which things go wrong."""

    def __init__(self, seed: int) -> None:
        self.start = generate_inventory(seed, hosts=6, vms=60, clusters=1, vcenter=VCENTER)
        self.clock = SimulatedClock()
        failures = random_failures(seed, self.start, calls=120)
        self.datacenter = SimulatedDataCenter(self.start, self.clock, seed, failures=failures)
        self.seen: list[Inventory] = []
        self.datacenter.observe(self.seen.append)
        draw = np.random.default_rng(seed)
        hosts = [host.ref.moid for host in self.start.hosts]
        vms = [vm.ref.moid for vm in self.start.virtual_machines if vm.kind is VmKind.ORDINARY]
        for number in range(120):
            move = a_move(self.start, vms[draw.integers(len(vms))], hosts[draw.integers(len(hosts))])
            with suppress(ActuationError, InventoryUnavailable):
                task = self.datacenter.relocate(move, f"op-{number}")
                if draw.random() < 0.1:
                    self.clock.sleep(float(draw.exponential(3.0)))
                    self.datacenter.cancel(task)
            self.clock.sleep(float(draw.exponential(5.0)))
        self.clock.sleep(3600.0)
        # Nothing happens until somebody looks, and ``seen`` has to be whole whichever test comes first.
        self.truths = self.datacenter.truths

    def tasks(self) -> list[TaskStatus]:
        return [task for vm in self.start.virtual_machines for task in self.datacenter.recent_tasks(vm.ref, BEGINNING)]


@pytest.fixture(scope="module", params=SEEDS)
def day(request: pytest.FixtureRequest) -> Day:
    return Day(request.param)


def test_much_happens(day: Day) -> None:
    states = [task.state for task in day.tasks()]
    assert states.count(TaskState.SUCCESS) > 20
    assert states.count(TaskState.ERROR) > 0
    assert len(day.seen) > len(states)


def test_no_host_ever_promises_more_memory_than_it_has(day: Day) -> None:
    for picture in day.seen:
        for host in picture.hosts:
            running = [vm for vm in picture.vms_charged_to(host.ref) if vm.is_powered_on]
            assert sum(vm.memory_mib for vm in running) <= host.memory_mib


def test_no_vm_is_in_two_migrations_at_once(day: Day) -> None:
    for vm in day.start.virtual_machines:
        tasks = day.datacenter.recent_tasks(vm.ref, BEGINNING)
        for before, after in pairwise(tasks):
            assert before.ended_at is not None
            assert after.queued_at is not None
            assert before.ended_at <= after.queued_at


def test_times_of_every_task_are_in_order(day: Day) -> None:
    for task in day.tasks():
        assert task.has_ended
        assert task.queued_at is not None
        assert task.ended_at is not None
        started_at = task.started_at or task.queued_at  # one that failed in the queue never started
        assert task.queued_at <= started_at <= task.ended_at


def test_every_vm_is_where_its_last_successful_migration_brought_it(day: Day) -> None:
    arrivals: dict[EntityRef, EntityRef] = {}
    for picture, following in pairwise(day.seen):
        for flight in picture.in_flight:
            vm = following.find_vm(flight.vm)
            if following.in_flight_of(flight.vm) is None and vm is not None and vm.host == flight.destination:
                arrivals[flight.vm] = flight.destination
    for vm in day.start.virtual_machines:
        place = day.datacenter.place_of(vm.ref)
        assert place is None or place.host == arrivals.get(vm.ref, vm.host)


def test_nothing_is_under_way_and_no_space_is_held_in_the_end(day: Day) -> None:
    final = day.datacenter.read()
    assert final.in_flight == ()
    assert [store.free_mib for store in final.datastores] == [store.free_mib for store in day.start.datastores]
