"""A datastore is emptied by us and then enters maintenance mode, where it is in a datastore cluster."""

import json
from pathlib import Path

import pytest

from recommender.actuation.maintenance import Closing, enter_maintenance_mode
from recommender.inventory.lookup import datastore_named
from recommender.inventory.reference import EntityRef
from recommender.policy import AutomationLevel, Policy
from recommender.ports import StepOutcome, StepState
from recommender.service.evacuations.evacuation import run_evacuation
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.world import World as ServedWorld
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Vm
from tests.contract.fault_proxy import FaultProxy, pass_on, session_expired
from tests.contract.lost_calls import LOST_AFTER, LOST_BEFORE, PATIENCE
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import World, one_site
from tests.memory_journal import MemoryJournal
from tests.unit.actuation.worlds import PLAN_ID

ENTER, EXIT = "DatastoreEnterMaintenanceMode", "DatastoreExitMaintenanceMode_Task"
STORES = ("old", "new", "empty", "alone")
ESTATE = Estate(
    clusters=(Cluster(name="blue"),),
    networks=(Network(name="production"),),
    datastores=(
        Datastore(name="old", cluster="gold"),
        Datastore(name="new", cluster="gold"),
        Datastore(name="empty", cluster="gold"),
        Datastore(name="alone"),
    ),
    hosts=(
        Host(name="esx-1", cluster="blue", datastores=STORES),
        Host(name="esx-2", cluster="blue", datastores=STORES),
    ),
    vms=(Vm(name="web", host="esx-1", disks=(Disk(datastore="old"),)),),
)


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(ESTATE, migration_ms=100)


@pytest.fixture
def world(proxied_world: World) -> World:
    return proxied_world


def closed(world: World, name: str) -> StepOutcome:
    store: EntityRef = datastore_named(world.at_first, name).ref
    journal = MemoryJournal()
    journal.begin_plan(PLAN_ID, "", "test", world.clock.now())
    return enter_maintenance_mode(
        Closing(
            host=store,
            plan_id=PLAN_ID,
            source=world.source,
            migrator=world.migrator,
            journal=journal,
            clock=world.clock,
            patience=PATIENCE,
        )
    )


def test_a_datastore_is_emptied_and_closed(simulator: RunningSimulator, tmp_path: Path) -> None:
    line = CommandLine(simulator=simulator, folder=tmp_path)
    refused = line.run("evacuate", "--datastore", "alone", "--maintenance-mode", "--yes")
    assert refused.returncode == 2
    assert "alone: in no datastore cluster" in refused.stderr
    done = line.document("evacuate", "--datastore", "old", "--maintenance-mode", "--yes")
    assert [step["state"] for step in done["steps"]] == ["done"]
    assert [(item["host"]["name"], item["state"]) for item in done["maintenance"]] == [("old", "done")]
    assert done["maintenance"][0]["detail"] == "it was seen in maintenance mode", "a datastore is no host"
    with open_vcenters([simulator.address()], site_of=one_site) as (source, _):
        assert datastore_named(source.read(), "old").in_maintenance
        back = line.run("maintain", "leave", "--datastore", "old", "--yes")
        assert back.returncode == 0, back.stderr
        assert not datastore_named(source.read(), "old").in_maintenance
        again = line.run("maintain", "leave", "--datastore", "old", "--yes")
        assert again.returncode == 0, again.stderr
    assert simulator.operations().count(EXIT) == 1, "what is out of it already needs no call"
    listed = json.loads(line.run("maintain", "list", "-o", "json", reads_vcenter=False).stdout)
    (one, _) = listed["maintenances"]
    assert [host["state"] for host in one["hosts"]] == ["back"]


def test_the_service_empties_a_datastore_at_a_set_time_and_closes_it(world: World, simulator: RunningSimulator) -> None:
    evacuation = EvacuationSettings(
        name="old-away", datastores=("old",), cron="* * * * *", duration_minutes=10, maintenance_mode=True
    )
    journal, policy = MemoryJournal(), Policy(automation_level=AutomationLevel.FULLY_AUTOMATED)
    served = ServedWorld(source=world.source, migrator=world.migrator, clock=world.clock)
    due = world.clock.now().replace(second=0, microsecond=0)
    occurrence = OpenOccurrence(
        timed=evacuation, due=due, by="me", is_cut_off=False, journal=journal, clock=world.clock
    )
    told = run_evacuation(
        Settings(policy=policy), evacuation, occurrence, served, journal, stop=lambda: False, patience=PATIENCE
    )
    assert told is not None
    assert "maintenance mode done" in told
    assert datastore_named(world.source.read(), "old").in_maintenance
    operations = simulator.operations()
    assert (operations.count("RelocateVM_Task"), operations.count(ENTER)) == (1, 1)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("old", "the datastore is not empty: 1 VMs on it or on the way to it (web)"),
        ("alone", "the datastore is in no datastore cluster, without which vSphere has no maintenance mode for it"),
    ],
)
def test_what_may_not_be_closed_is_not_asked_for(
    world: World, simulator: RunningSimulator, name: str, reason: str
) -> None:
    assert closed(world, name) == StepOutcome(state=StepState.SKIPPED, detail=reason)
    assert ENTER not in simulator.operations()


@pytest.mark.parametrize("fault", LOST_AFTER)
def test_a_lost_answer_is_settled_by_looking(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    proxy.on(ENTER, LOST_AFTER[fault], pass_on)
    outcome = closed(world, "empty")
    assert outcome.state is StepState.DONE, outcome
    assert simulator.operations().count(ENTER) == 1


@pytest.mark.parametrize("fault", [*LOST_BEFORE, "session expired"])
def test_a_call_that_never_arrived_has_failed_and_is_not_sent_again(
    world: World, proxy: FaultProxy, simulator: RunningSimulator, fault: str
) -> None:
    proxy.on(ENTER, {**LOST_BEFORE, "session expired": session_expired}[fault], pass_on)
    outcome = closed(world, "empty")
    assert outcome.state is StepState.FAILED, outcome
    assert (len(proxy.bodies(ENTER)), simulator.operations().count(ENTER)) == (1, 0)
