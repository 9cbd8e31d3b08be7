"""The replay counts itself what is under way at a time: as much as is allowed passes, one more is found."""

from dataclasses import replace

import pytest

from recommender.inventory.host import VMotionAdapter
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import PowerState
from recommender.migration.bandwidth import route_between
from recommender.migration.estimate import MigrationKind
from recommender.move_order import CapScope, MigrationCap, OrderPolicy, Serialize
from recommender.placement.result import Move
from recommender.planning.plan import Plan, PlanStep
from recommender.policy import ConcurrencyLimits, Policy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, findings, move

ROOMY = ConcurrencyLimits(
    host_units=99, network_units_below_10_gbit_s=99, network_units_from_10_gbit_s=99, datastore_units=999
)


def estate(*, link_mbit_s: int = 10_000, flights: int = 0, power: PowerState = PowerState.POWERED_ON) -> Inventory:
    """Ten VMs on ``a`` in the east; so many of them are on their way to ``c`` in the west, as ``b`` is."""
    adapters = (VMotionAdapter(device="vmk1", link_mbit_s=link_mbit_s),)
    hosts = [
        make_host(name, datastores=("ds", "new"), vmotion_adapters=adapters, site=site)
        for name, site in (("a", "east"), ("b", "west"), ("c", "west"))
    ]
    vms = [make_vm(f"v{n}", "a", memory=100, cpu=10, power_state=power) for n in range(10)]
    under_way = tuple(MigrationInFlight(vm=ref(f"v{9 - n}"), destination=ref("c")) for n in range(flights))
    return make_inventory(
        hosts, vms, in_flight=under_way, site_links=(SiteLink(site_a="east", site_b="west", rtt_ms=1.0),)
    )


def at_once(*moves: Move) -> Plan:
    steps = tuple(PlanStep(number=n, move=one, start_s=0.0, end_s=10.0) for n, one in enumerate(moves, start=1))
    return Plan(steps=steps, makespan_s=10.0, makespan_p95_s=10.0, makespan_lower_bound_s=0.0)


def excesses(inventory: Inventory, moves: list[Move], policy: Policy) -> list[str]:
    return [one for one in findings(inventory, at_once(*moves), policy) if "held at a time" in one]


def limited(**limits: int) -> Policy:
    return replace(POLICY, limits=replace(ROOMY, **limits), max_rtt_ms=10.0)


def capped(**rules: object) -> Policy:
    return replace(POLICY, limits=ROOMY, order=OrderPolicy(**rules), max_rtt_ms=10.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "datastore", "to", "most", "told"),
    [
        (limited(host_units=3), None, "b", 3, "4 units of host a"),
        (limited(host_units=8), "new", "b", 2, "12 units of host a"),
        (limited(host_units=8), "new", "a", 2, "12 units of host a"),
        (limited(network_units_from_10_gbit_s=3), None, "b", 3, "4 units of vMotion network of host a"),
        (limited(network_units_from_10_gbit_s=3), "new", "b", 3, "4 units of vMotion network of host b"),
        (limited(datastore_units=3), None, "b", 3, "4 units of datastore ds"),
        (limited(datastore_units=32), "new", "b", 2, "48 units of datastore new"),
    ],
)
def test_units_of_vcenter(policy: Policy, datastore: str | None, to: str, most: int, told: str) -> None:
    inventory = estate()
    moves = [move(inventory, f"v{n}", to, datastore=datastore) for n in range(most + 1)]
    assert excesses(inventory, moves[:most], policy) == []
    assert any(
        f"step {most + 1} at 0.0 s: {told} are held at a time" in one for one in excesses(inventory, moves, policy)
    )


def test_a_slow_network_has_fewer_units_and_those_that_are_off_use_none() -> None:
    policy = limited(network_units_below_10_gbit_s=2)
    slow, off = estate(link_mbit_s=9_999), estate(link_mbit_s=9_999, power=PowerState.POWERED_OFF)
    assert len(excesses(slow, [move(slow, f"v{n}", "b") for n in range(3)], policy)) == 2
    assert excesses(off, [move(off, f"v{n}", "b") for n in range(9)], policy) == []
    cold = limited(host_units=3)
    assert excesses(off, [move(off, f"v{n}", "b", datastore="new") for n in range(3)], cold) == []
    assert len(excesses(off, [move(off, f"v{n}", "b", datastore="new") for n in range(4)], cold)) == 2


def test_what_a_migration_costs_does_not_depend_on_what_the_plan_calls_it() -> None:
    inventory = estate()
    moves = [move(inventory, f"v{n}", "b", datastore="new", kind=MigrationKind.COLD) for n in range(3)]
    assert excesses(inventory, moves, limited(host_units=8))


@pytest.mark.parametrize(
    ("cap", "most"),
    [
        (MigrationCap(name="two", scope=CapScope.HOST, of=("a",), at_once=2), 2),
        (MigrationCap(name="two", scope=CapScope.HOST, of=("x",), at_once=2), 8),
        (MigrationCap(name="two", scope=CapScope.SITE, of=("west",), at_once=2), 2),
        (MigrationCap(name="two", scope=CapScope.LINK, of=("east|west",), at_once=2), 2),
        (MigrationCap(name="two", scope=CapScope.GROUP, of=("v[1-9]",), at_once=2), 3),
    ],
)
def test_caps_of_the_operator(cap: MigrationCap, most: int) -> None:
    inventory, policy = estate(), capped(cap=(cap,))
    moves = [move(inventory, f"v{n}", "b") for n in range(most + 1)]
    assert excesses(inventory, moves[:most], policy) == []
    assert bool(excesses(inventory, moves, policy)) == (most < 8)


def test_a_cap_in_mib_s_adds_rates_up_and_lets_one_that_exceeds_it_run_alone() -> None:
    inventory = estate()
    moves = [move(inventory, f"v{n}", "b") for n in range(3)]
    a, b = inventory.host(ref("a")), inventory.host(ref("b"))
    rate = int(route_between(inventory, a, b, POLICY.migration.usable_line_rate).mib_s)
    for most, allowed in ((2, 2 * rate + 2), (1, rate // 2)):
        policy = capped(cap=(MigrationCap(name="line", scope=CapScope.LINK, mib_s=allowed),))
        assert excesses(inventory, moves[:most], policy) == []
        assert any("MiB/s of 'line' at east|west" in one for one in excesses(inventory, moves[: most + 1], policy))


def test_never_two_at_once() -> None:
    inventory, policy = estate(), capped(serialize=(Serialize(name="pair", vms=("v0", "v1")),))
    assert excesses(inventory, [move(inventory, vm, "b") for vm in ("v0", "v2")], policy) == []
    (found,) = excesses(inventory, [move(inventory, vm, "b") for vm in ("v0", "v1")], policy)
    assert found == "step 2 at 0.0 s: 2 migrations of 'pair' are held at a time, it has 1"


@pytest.mark.parametrize(
    "policy",
    [
        limited(host_units=3),
        limited(network_units_from_10_gbit_s=3),
        limited(datastore_units=3),
        capped(serialize=(Serialize(name="never", vms=("v0", "v9")),)),
        capped(cap=(MigrationCap(name="three", scope=CapScope.SITE, at_once=3),)),
    ],
)
def test_migrations_of_others_count(policy: Policy) -> None:
    alone, beside = estate(), estate(flights=3)
    assert excesses(alone, [move(alone, "v0", "b")], policy) == []
    assert excesses(beside, [move(beside, "v0", "b")], policy)


def test_disks_that_others_copy_count_however_they_are_told() -> None:
    inventory = estate(flights=1)
    (flight,) = inventory.in_flight
    for told in (
        replace(flight, destination_datastores=(ref("new"),)),
        replace(flight, disk_targets=((2000, ref("new")),)),
    ):
        beside = replace(inventory, in_flight=(told,))
        assert excesses(beside, [move(beside, "v0", "b")], limited(host_units=4))
        assert excesses(beside, [move(beside, "v0", "b")], limited(datastore_units=16))
