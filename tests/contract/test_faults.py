"""Whatever happens to a call on its way, it is sent once, nothing hangs, and the outcome is found out by looking."""

from dataclasses import replace

import pytest

from recommender.actuation.maintenance import Closing, enter_maintenance_mode
from recommender.constraints.base import Constraint
from recommender.constraints.registry import constraints_for
from recommender.errors import InventoryUnavailable
from recommender.policy import Policy
from recommender.ports import StepOutcome, StepState
from tests.contract import fault_proxy
from tests.contract.conftest import StartSimulator
from tests.contract.estates import uniform
from tests.contract.fault_proxy import FaultProxy, delayed, every, pass_on
from tests.contract.lost_calls import LOST_AFTER, LOST_BEFORE, PATIENCE
from tests.contract.one_move import outcome_of
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import World
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PLAN_ID
from tests.unit.vsphere.fake_vcenter import Behaviour, Handler

MOVING, HERE, FREE = "vm-0001", "esx-001", "esx-002"

pytestmark = pytest.mark.timeout(60)  # far less than a hang


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(uniform(2, 2))


@pytest.fixture
def world(proxied_world: World) -> World:
    return proxied_world


def moved(world: World, rules: tuple[Constraint, ...] = constraints_for(Policy())) -> StepOutcome:
    """What is told of a plan of one move."""
    return outcome_of(world, replace(world.move(MOVING, FREE), source=world.host(HERE)), rules)


def is_at(world: World, host: str) -> bool:
    place = world.migrator.place_of(world.vm(MOVING))
    return place is not None and place.host == world.host(host)


@pytest.mark.parametrize("fault", LOST_AFTER)
def test_a_move_whose_answer_is_lost_is_found_done_and_not_sent_again(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    proxy.on("RelocateVM_Task", LOST_AFTER[fault], pass_on)
    outcome = moved(world)
    assert outcome.state is StepState.DONE, outcome
    assert is_at(world, FREE)
    assert len(proxy.bodies("RelocateVM_Task")) == simulator.operations().count("RelocateVM_Task") == 1


@pytest.mark.parametrize("fault", LOST_BEFORE)
def test_a_move_that_never_arrived_has_failed_and_is_not_sent_again(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    proxy.on("RelocateVM_Task", LOST_BEFORE[fault], pass_on)
    outcome = moved(world)
    assert outcome.state is StepState.FAILED, outcome
    assert "no task of it appeared" in outcome.detail
    assert is_at(world, HERE)
    assert (len(proxy.bodies("RelocateVM_Task")), simulator.operations().count("RelocateVM_Task")) == (1, 0)


@pytest.mark.parametrize("fault", [*LOST_BEFORE, "cut short", "late", "session expired"])
def test_a_check_that_cannot_be_had_is_told_and_the_move_is_made_all_the_same(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    faults = {**LOST_AFTER, **LOST_BEFORE, "session expired": fault_proxy.session_expired}
    proxy.on("CheckRelocate_Task", faults[fault])
    outcome = moved(world)
    assert outcome.state is StepState.DONE, outcome
    assert "vCenter's own check could not be had: " in outcome.detail
    assert simulator.operations().count("RelocateVM_Task") == 1


def test_what_vcenters_own_check_refuses_is_not_sent(
    world: World, proxy: FaultProxy, simulator: RunningSimulator
) -> None:
    del proxy
    world.ended(world.migrator.enter_maintenance(world.host(FREE), "op"))
    outcome = moved(world, rules=())
    assert outcome.state is StepState.SKIPPED
    assert outcome.detail == (f"vCenter's own check refuses it: Host {FREE} is in maintenance mode. [InvalidHostState]")
    assert simulator.operations().count("RelocateVM_Task") == 0


def test_a_session_that_expires_at_the_move_is_a_refusal(
    world: World, proxy: FaultProxy, simulator: RunningSimulator
) -> None:
    proxy.on("RelocateVM_Task", fault_proxy.session_expired, pass_on)
    outcome = moved(world)
    assert outcome.state is StepState.FAILED
    assert "try again later" in outcome.detail
    assert simulator.operations().count("RelocateVM_Task") == 0


@pytest.mark.parametrize("fault", [*LOST_BEFORE, "cut short", "session expired"])
def test_a_move_is_followed_to_its_end_although_reading_fails_again_and_again(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    world.move(MOVING, FREE)  # names are looked up before the trouble begins
    faults = {**LOST_BEFORE, "cut short": fault_proxy.cut_short, "session expired": fault_proxy.session_expired}
    proxy.on("RelocateVM_Task", begin_trouble(proxy, every(4, faults[fault])))
    outcome = moved(world)
    assert outcome.state is StepState.DONE, outcome
    assert simulator.operations().count("RelocateVM_Task") == 1


def begin_trouble(proxy: FaultProxy, reading: Behaviour) -> Behaviour:
    def behave(handler: Handler) -> None:
        proxy.on("RetrievePropertiesEx", reading)
        pass_on(handler)

    return behave


@pytest.mark.parametrize("fault", ["closed", "black hole", "503"])
def test_a_host_whose_maintenance_call_lost_its_answer_is_found_in_maintenance(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    host, journal = world.host(FREE), MemoryJournal()
    journal.begin_plan(PLAN_ID, "", "test", world.clock.now())
    proxy.on("EnterMaintenanceMode_Task", LOST_AFTER[fault], pass_on)
    outcome = enter_maintenance_mode(
        Closing(
            host=host,
            plan_id=PLAN_ID,
            source=world.source,
            migrator=world.migrator,
            journal=journal,
            clock=world.clock,
            patience=PATIENCE,
        )
    )
    assert outcome.state is StepState.DONE, outcome
    assert simulator.operations().count("EnterMaintenanceMode_Task") == 1


@pytest.mark.parametrize("fault", ["half closed", "black hole", "503"])
def test_a_reading_that_gets_no_answer_ends_in_time_and_the_next_one_succeeds(
    world: World, proxy: FaultProxy, fault: str
) -> None:
    proxy.on("RetrievePropertiesEx", LOST_BEFORE[fault], LOST_BEFORE[fault], pass_on)
    with pytest.raises(InventoryUnavailable):
        world.source.read()
    proxy.on("RetrievePropertiesEx", pass_on)
    assert len(world.source.read().hosts) == 2


def test_a_reading_that_is_cut_short_is_no_reading(world: World, proxy: FaultProxy) -> None:
    proxy.on("RetrievePropertiesEx", fault_proxy.cut_short)
    with pytest.raises(InventoryUnavailable):
        world.source.read()


@pytest.mark.parametrize("fault", ["closed", "reset", "session expired", "late"])
def test_a_reading_is_repeated_where_that_helps(world: World, proxy: FaultProxy, fault: str) -> None:
    faults = {**LOST_BEFORE, "session expired": fault_proxy.session_expired, "late": delayed(0.2)}
    proxy.on("RetrievePropertiesEx", pass_on, faults[fault], pass_on)
    assert len(world.source.read().virtual_machines) == 2
