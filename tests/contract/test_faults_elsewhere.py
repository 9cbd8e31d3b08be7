"""The same faults at a migration to another vCenter, and at the calls that take hosts and datastores back.

Several faults in one test, one after the other: the simulators are what takes time.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from recommender.actuation.leave_maintenance import leave_maintenance_mode
from recommender.inventory.lookup import datastore_named, network_named
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move, NetworkMove
from recommender.ports import StepOutcome, StepState
from recommender.service.system_clock import SystemClock
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Vm
from tests.contract.fault_proxy import FaultProxy, pass_on, proxy_before, session_expired
from tests.contract.lost_calls import LOST_AFTER, LOST_BEFORE, PATIENCE, TIMEOUT_MS
from tests.contract.one_move import outcome_of
from tests.contract.running_simulator import RunningSimulator
from tests.contract.test_datastore_maintenance import ESTATE
from tests.contract.two_vcenters import NEW, NEW_PASSWORD, OLD, OLD_PASSWORD
from tests.contract.worlds import World, one_site

RELOCATE = "RelocateVM_Task"
UNHURRIED = replace(PATIENCE, poll_s=0.4, appear_s=1.0)  # each look reads whole inventories
VMS = tuple(f"vm-{number:02}" for number in range(len(LOST_AFTER) + len(LOST_BEFORE) + 1))

pytestmark = pytest.mark.timeout(120)  # far less than a hang


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    """The old vCenter of two, or one with a datastore cluster."""
    estate = replace(OLD, vms=tuple(Vm(name=name, host="esx-old") for name in VMS))
    return start_simulator(estate, password=OLD_PASSWORD, migration_ms=50)


@pytest.fixture
def both(simulator: RunningSimulator, proxy: FaultProxy, start_simulator: StartSimulator) -> Iterator[World]:
    """The old one through the proxy, and the new one beside it."""
    new = start_simulator(NEW, password=NEW_PASSWORD)
    addresses = [proxy.before(simulator).address(name="old", timeout_ms=TIMEOUT_MS), new.address(name="new")]
    with open_vcenters(addresses, site_of=one_site) as (source, migrator):
        yield World(source=source, migrator=migrator, clock=SystemClock(), pause_s=0.01)


def away(world: World, name: str) -> Move:
    inventory = world.at_first
    here, there = (network_named(inventory, called).ref for called in ("production", "production new"))
    move = world.move(name, "esx-new", disks_to="new store")
    return replace(move, source=world.host("esx-old"), network_moves=(NetworkMove(source=here, destination=there),))


def test_a_move_to_another_vcenter_is_sent_once_whatever_happens_to_the_call(
    both: World, proxy: FaultProxy, simulator: RunningSimulator
) -> None:
    names = iter(VMS)
    for number, (fault, behaviour) in enumerate(LOST_AFTER.items(), start=1):
        proxy.on(RELOCATE, behaviour, pass_on)
        outcome = outcome_of(both, away(both, next(names)), patience=UNHURRIED)
        assert outcome.state is StepState.DONE, (fault, outcome)
        assert (len(proxy.bodies(RELOCATE)), simulator.operations().count(RELOCATE)) == (number, number), fault
    arrived = len(LOST_AFTER)
    for number, (fault, behaviour) in enumerate(LOST_BEFORE.items(), start=arrived + 1):
        proxy.on(RELOCATE, behaviour, pass_on)
        outcome = outcome_of(both, away(both, next(names)), patience=UNHURRIED)
        assert outcome.state is StepState.FAILED, (fault, outcome)
        assert (len(proxy.bodies(RELOCATE)), simulator.operations().count(RELOCATE)) == (number, arrived), fault
    proxy.on(RELOCATE, session_expired, pass_on)
    outcome = outcome_of(both, away(both, next(names)), patience=UNHURRIED)
    assert outcome.state is StepState.FAILED
    assert "try again later" in outcome.detail
    assert simulator.operations().count(RELOCATE) == arrived
    vms = both.source.read().virtual_machines
    assert sum(vm.ref.vcenter == "new" and vm.name in VMS for vm in vms) == arrived


@pytest.fixture
def closable(start_simulator: StartSimulator) -> Iterator[tuple[World, FaultProxy, RunningSimulator]]:
    running = start_simulator(ESTATE, migration_ms=50)
    with proxy_before(running) as proxy:
        address = proxy.before(running).address(timeout_ms=TIMEOUT_MS)
        with open_vcenters([address], site_of=one_site) as (source, migrator):
            world = World(source=source, migrator=migrator, clock=SystemClock(), pause_s=0.01)
            yield world, proxy, running


@pytest.mark.parametrize("kind", ["host", "datastore"])
def test_what_is_taken_back_is_asked_for_once_whatever_happens_to_the_call(
    closable: tuple[World, FaultProxy, RunningSimulator], kind: str
) -> None:
    world, proxy, simulator = closable
    if kind == "host":
        closed, called = world.host("esx-2"), "ExitMaintenanceMode_Task"
    else:
        closed, called = datastore_named(world.at_first, "empty").ref, "DatastoreExitMaintenanceMode_Task"
    world.ended(world.migrator.enter_maintenance(closed, "enter-0"))
    for number, (fault, behaviour) in enumerate(LOST_BEFORE.items(), start=1):
        proxy.on(called, behaviour, pass_on)
        outcome = taken_back(world, closed)
        assert outcome.state is StepState.UNKNOWN, (fault, outcome)
        assert "still in maintenance mode" in outcome.detail
        assert len(proxy.bodies(called)) == number, fault
    proxy.on(called, session_expired, pass_on)
    assert taken_back(world, closed).state is StepState.FAILED
    assert simulator.operations().count(called) == 0
    for number, (fault, behaviour) in enumerate(LOST_AFTER.items(), start=1):
        world.ended(world.migrator.enter_maintenance(closed, f"enter-{number}"))
        proxy.on(called, behaviour, pass_on)
        assert taken_back(world, closed).state is StepState.DONE, fault
        assert simulator.operations().count(called) == number, fault


def taken_back(world: World, closed: EntityRef) -> StepOutcome:
    return leave_maintenance_mode(
        closed,
        "operation-back",
        source=world.source,
        migrator=world.migrator,
        clock=world.clock,
        require_hold=lambda: None,
        patience=UNHURRIED,
    )
