"""Units at hosts, vMotion networks and datastores limit how many migrations run at once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.estimate import MigrationKind
from recommender.planning.concurrency_limits import (
    UnitKind,
    UnitPlace,
    VCenterPlace,
    capacity_of,
    units_in_flight,
    units_of,
)
from recommender.planning.plan import Plan
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, move, planned

HOST, NETWORK, DATASTORE = UnitKind.HOST, UnitKind.NETWORK, UnitKind.DATASTORE


def a_to_b(count: int, *, link_mbit_s: int | None = 10_000, flights: Sequence[str] = ()) -> Inventory:
    adapters = (VMotionAdapter(device="vmk1", link_mbit_s=link_mbit_s),)
    hosts = [make_host(name, datastores=("ds", "new"), vmotion_adapters=adapters) for name in "abc"]
    vms = [make_vm(f"v{n:02}", "a", memory=1024, cpu=100) for n in range(count)]
    in_flight = tuple(MigrationInFlight(vm=ref(vm), destination=ref("c")) for vm in flights)
    return make_inventory(hosts, vms, in_flight=in_flight)


def most_at_once(plan: Plan) -> int:
    return max(sum(other.start_s <= step.start_s < other.end_s for other in plan.steps) for step in plan.steps)


def names(units: dict[UnitPlace, int]) -> dict[tuple[str, str], int]:
    return {(place.kind.name, place.ref.moid): cost for place, cost in units.items() if isinstance(place, VCenterPlace)}


def test_units_of_each_kind_of_migration() -> None:
    inventory = a_to_b(1)
    assert names(units_of(inventory, POLICY, move(inventory, "v00", "b"))) == {
        ("HOST", "a"): 1,
        ("HOST", "b"): 1,
        ("NETWORK", "a"): 1,
        ("NETWORK", "b"): 1,
        ("DATASTORE", "ds"): 1,
    }
    assert names(units_of(inventory, POLICY, move(inventory, "v00", "b", datastore="new"))) == {
        ("HOST", "a"): 4,
        ("HOST", "b"): 4,
        ("NETWORK", "a"): 1,
        ("NETWORK", "b"): 1,
        ("DATASTORE", "ds"): 16,
        ("DATASTORE", "new"): 16,
    }
    assert names(units_of(inventory, POLICY, move(inventory, "v00", "a", datastore="new"))) == {
        ("HOST", "a"): 4,
        ("DATASTORE", "ds"): 16,
        ("DATASTORE", "new"): 16,
    }
    cold = move(inventory, "v00", "b", kind=MigrationKind.COLD)
    assert names(units_of(inventory, POLICY, cold)) == {("HOST", "a"): 1, ("HOST", "b"): 1, ("DATASTORE", "ds"): 1}


@pytest.mark.parametrize(
    ("to", "stores", "power", "host_units", "network_units"),
    [
        ("b", (), PowerState.POWERED_ON, 1, 1),
        ("b", ("new",), PowerState.POWERED_ON, 4, 1),
        ("a", ("new",), PowerState.POWERED_ON, 4, None),
        ("b", (), PowerState.POWERED_OFF, 1, None),
    ],
)
def test_units_of_a_migration_of_others(
    to: str, stores: tuple[str, ...], power: PowerState, host_units: int, network_units: int | None
) -> None:
    inventory = make_inventory([make_host("a"), make_host("b")], [make_vm("x", "a", power_state=power)])
    targets = tuple(ref(store) for store in stores)
    flight = MigrationInFlight(vm=ref("x"), destination=ref(to), destination_datastores=targets)
    units = units_in_flight(inventory, POLICY, flight)
    assert (units[VCenterPlace(HOST, ref(to))], units.get(VCenterPlace(NETWORK, ref(to)))) == (
        host_units,
        network_units,
    )
    assert units_in_flight(inventory, POLICY, replace(flight, vm=ref("gone"))) == {}


@pytest.mark.parametrize(("link_mbit_s", "units"), [(1000, 4), (9999, 4), (10_000, 8), (40_000, 8), (None, 4)])
def test_a_vmotion_network_has_four_units_below_10_gbe_and_eight_from_there(
    link_mbit_s: int | None, units: int
) -> None:
    inventory = a_to_b(0, link_mbit_s=link_mbit_s)
    assert capacity_of(inventory, POLICY, VCenterPlace(NETWORK, ref("a"))) == units
    assert capacity_of(inventory, POLICY, VCenterPlace(HOST, ref("a"))) == 8
    assert capacity_of(inventory, POLICY, VCenterPlace(DATASTORE, ref("ds"))) == 128


@pytest.mark.parametrize(("link_mbit_s", "at_once"), [(10_000, 8), (1000, 4)])
def test_as_many_vmotions_run_at_once_as_host_and_network_have_units(link_mbit_s: int, at_once: int) -> None:
    inventory = a_to_b(20, link_mbit_s=link_mbit_s)
    plan = planned(inventory, [move(inventory, f"v{n:02}", "b") for n in range(20)])
    assert most_at_once(plan) == at_once
    assert plan.makespan_s == -(-20 // at_once) * 10.0
    assert all(step.depends_on == () for step in plan.steps)


def test_two_storage_vmotions_run_at_once_on_a_host() -> None:
    inventory = a_to_b(5)
    plan = planned(inventory, [move(inventory, f"v{n:02}", "a", datastore="new") for n in range(5)])
    assert most_at_once(plan) == 2
    assert plan.makespan_s == 30.0


def test_a_vmotion_runs_beside_one_migration_of_host_and_datastore() -> None:
    """Units 4 + 4 fill the host; 4 + 1 + 1 + 1 + 1 do too."""
    inventory = a_to_b(5)
    both = move(inventory, "v00", "b", datastore="new")
    plan = planned(inventory, [both, *(move(inventory, f"v{n:02}", "b") for n in range(1, 5))])
    assert plan.makespan_s == 10.0


def test_units_held_by_migrations_of_others_are_missing() -> None:
    inventory = a_to_b(8, flights=["v00", "v01", "v02", "v03", "v04", "v05"])
    plan = planned(inventory, [move(inventory, vm, "b") for vm in ("v06", "v07")])
    assert most_at_once(plan) == 2
    fuller = a_to_b(9, flights=[f"v{n:02}" for n in range(8)])
    (blocked,) = planned(fuller, [move(fuller, "v08", "b")]).blocked
    assert "needs 1 units of host a, which has 8" in blocked.reason
    assert "already under way hold 8" in blocked.reason


def test_a_limit_below_the_cost_of_one_move_blocks_it() -> None:
    inventory = a_to_b(1)
    policy = replace(POLICY, limits=replace(POLICY.limits, host_units=3))
    (blocked,) = planned(inventory, [move(inventory, "v00", "b", datastore="new")], policy).blocked
    assert "needs 4 units of host a, which has 3" in blocked.reason
