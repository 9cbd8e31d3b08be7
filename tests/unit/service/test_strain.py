"""Storage or a vMotion network at its end brakes; what nobody measured is told and brakes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import DatastoreLoad, HostLoad
from recommender.inventory.measured import Measured
from recommender.ports import OrderKind, StepOutcome, StepState
from recommender.service.balancing.brake import Brake
from recommender.service.balancing.strain import gauges, unseen
from recommender.settings.automation import BrakeSettings
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PLAN_ID, a_step, three_hosts
from tests.unit.service.stages import Stage, overloaded
from tests.unit.service.test_automation import automation, run

ALL_ASKED = BrakeSettings()


def measured(newest: float, p95: float, window_s: int = 3600) -> Measured:
    return Measured(newest=newest, p95=p95, window_s=window_s)


def a_host(sent: Measured, received: Measured | None = None) -> Host:
    return make_host("a", load=HostLoad(vmotion_sent_mbit_s=sent, vmotion_received_mbit_s=received))


def strains(inventory: Inventory, settings: BrakeSettings = ALL_ASKED) -> list[str]:
    return [gauge.strain for gauge in gauges(inventory, settings) if gauge.strain is not None]


def with_latency(latency: Measured | None, hosts: int = 2) -> Inventory:
    inventory = make_inventory([make_host("a")], [])
    load = DatastoreLoad(latency_ms=latency, hosts=hosts)
    return replace(inventory, datastores=(replace(inventory.datastores[0], load=load),))


@pytest.mark.parametrize(
    ("latency", "told"),
    [
        (measured(151, 130), ["disk latency of a (151 ms, p95 130, limit 100)"]),
        (measured(151, 90), []),  # one bad sample
        (measured(20, 130), []),  # it is over
        (measured(151, 130, window_s=40), []),  # too short to tell
        (None, []),
    ],
)
def test_latency_of_a_host_counts_when_it_is_present_and_lasting(latency: Measured | None, told: list[str]) -> None:
    inventory = make_inventory([make_host("a", load=HostLoad(disk_latency_ms=latency))], [])
    assert strains(inventory) == told


def test_latency_of_a_datastore() -> None:
    assert strains(with_latency(measured(61, 52))) == ["latency of ds (61 ms, p95 52, limit 50)"]
    assert strains(with_latency(measured(61, 52)), BrakeSettings(datastore_latency_ms=0)) == []


def test_vmotion_nics_count_once_each_and_the_busier_way_counts() -> None:
    adapters = tuple(VMotionAdapter(device=f"vmk{n}", link_mbit_s=10_000, nics=("vmnic2", "vmnic3")) for n in (1, 2))
    busy = a_host(measured(500, 500), measured(19_000, 18_400))
    inventory = make_inventory([replace(busy, vmotion_adapters=adapters)], [])
    assert strains(inventory) == ["vMotion NICs of a (95 %, p95 92, limit 75)"]
    half = replace(busy, vmotion_adapters=tuple(replace(one, link_mbit_s=25_000) for one in adapters))
    assert strains(make_inventory([half], [])) == []


def test_nics_of_a_host_with_a_migration_are_meant_to_be_busy() -> None:
    busy = a_host(measured(9_900, 9_900))
    inventory = make_inventory([busy, make_host("b")], [make_vm("v", "a")])
    flying = replace(inventory, in_flight=(MigrationInFlight(vm=ref("v"), destination=ref("b")),))
    assert len(strains(inventory)) == 1
    assert strains(flying) == []


def test_what_could_not_be_looked_at_is_told_with_numbers() -> None:
    told = make_host("told", load=HostLoad(disk_latency_ms=measured(1, 1), vmotion_sent_mbit_s=measured(1, 1)))
    of_unknown_speed = replace(told, ref=ref("x"), vmotion_adapters=(VMotionAdapter(device="vmk1"),))
    inventory = make_inventory([told, of_unknown_speed, make_host("silent")], [])
    assert unseen(inventory, ALL_ASKED) == (
        "disk latency of hosts (1 of 3)",
        "latency of datastores (1 of 1)",
        "vMotion NICs of hosts (2 of 3)",
    )
    nothing = BrakeSettings(host_latency_ms=0, datastore_latency_ms=0, vmotion_nic_percent=0)
    assert unseen(inventory, nothing) == ()
    assert unseen(with_latency(None), ALL_ASKED)[1:] == ("vMotion NICs of hosts (1 of 1)",), "idle is not unseen"


def strained(inventory: Inventory) -> Inventory:
    load = HostLoad(disk_latency_ms=measured(151, 130))
    return replace(inventory, hosts=(replace(inventory.hosts[0], load=load), *inventory.hosts[1:]))


def test_a_strain_brakes_and_is_released_when_it_is_over() -> None:
    stage = Stage()
    settings = BrakeSettings(release_after_minutes=30)
    brake = Brake(settings, stage.journal, stage.clock, "serve")
    order = brake.look(strained(overloaded()))
    assert order is not None
    assert (order.kind, order.reason) == (OrderKind.BRAKE, "disk latency of a (151 ms, p95 130, limit 100)")
    stage.clock.sleep(1801)
    assert brake.look(strained(overloaded())) is not None
    assert brake.is_on
    assert brake.look(overloaded()) is None
    assert not brake.is_on


def test_a_strain_that_comes_in_the_middle_of_a_plan_stops_it() -> None:
    stage = Stage()
    source = stage.datacenter

    class Strained:
        def read(self) -> Inventory:
            found = source.read()
            return strained(found) if stage.sent >= 2 else found

    stage.world = replace(stage.world, source=Strained())
    told = run(stage, automation=automation())
    assert stage.sent == 2
    assert "skipped" in told
    assert "the brake could not look at disk latency of hosts (3 of 3)" in told
    assert "braked since" in run(stage, automation=automation())


def test_samples_of_a_migration_that_is_over_and_not_settled_yet_brake_nothing() -> None:
    """As after a takeover: the VM has arrived, and the journal does not say so yet."""
    stage = Stage(three_hosts())
    step, now = a_step(stage.datacenter.read(), 1, "v1", "b"), stage.clock.now()
    stage.journal.begin_plan(PLAN_ID, "", "serve", now)
    stage.journal.add_steps(PLAN_ID, [(step, "uuid-v")], now)
    busy = HostLoad(vmotion_sent_mbit_s=measured(9_900, 9_900))
    inventory = make_inventory([make_host(step.move.source.moid, load=busy)], [])
    stage.journal.record_intent(PLAN_ID, 1, "op-1", now)
    brake = Brake(BrakeSettings(), stage.journal, stage.clock, "serve")
    assert brake.look(inventory) is None
    stage.journal.record_outcome(PLAN_ID, 1, StepOutcome(state=StepState.FAILED, detail="it came back"), now)
    stage.clock.sleep(121)
    assert brake.look(inventory) is not None


def test_samples_of_our_own_migrations_that_have_just_ended_brake_nothing() -> None:
    stage = Stage()
    run(stage, automation=automation())
    (moved,) = {move.source.moid for move in stage.journal.recent_moves(stage.clock.now() - timedelta(hours=1))}
    busy = HostLoad(vmotion_sent_mbit_s=measured(9_900, 9_900))
    inventory = make_inventory([make_host(moved, load=busy)], [])
    brake = Brake(BrakeSettings(), stage.journal, stage.clock, "serve")
    assert brake.look(inventory) is None
    stage.clock.sleep(121)
    assert brake.look(inventory) is not None
