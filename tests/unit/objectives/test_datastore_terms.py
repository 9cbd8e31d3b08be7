"""Used space of datastores as costs: even is cheaper than uneven, and above the line every bit costs."""

from dataclasses import replace

import pytest

from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import DatastoreLoad
from recommender.inventory.measured import Measured
from recommender.inventory.virtual_machine import Disk
from recommender.objectives.datastore_balance import DatastoreBalance
from recommender.objectives.datastore_latency import DatastoreLatency
from recommender.objectives.datastore_overload import DatastoreOverload
from recommender.objectives.registry import objectives_for
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref


def store(name: str, capacity: int, used: int) -> Datastore:
    return Datastore(ref=ref(name), name=name, datacenter="dc", capacity_mib=capacity, free_mib=capacity - used)


@pytest.fixture
def start() -> Inventory:
    """900 of 1,000 MiB are used on one datastore, 600 of 3,000 on the other."""
    return make_inventory(
        [make_host("h1", datastores=("small", "big"))],
        [make_vm("a", "h1", disks=(Disk(key=2000, datastore=ref("small"), size_mib=300),))],
        datastores=(store("small", 1000, 900), store("big", 3000, 600), store("empty", 0, 0)),
    )


def moved(start: Inventory) -> Inventory:
    return start.with_vm_on(ref("a"), ref("h1"), {2000: ref("big")})


def test_balance_is_the_squared_use_by_share_of_size(start: Inventory) -> None:
    term = DatastoreBalance(weight=100.0)
    assert term.cost(start, start) == pytest.approx(100 * (0.5 * 0.9**2 + 1.5 * 0.2**2))
    assert term.cost(start, moved(start)) == pytest.approx(100 * (0.5 * 0.6**2 + 1.5 * 0.3**2))


def test_overload_begins_at_the_line(start: Inventory) -> None:
    term = DatastoreOverload(weight=100.0, line=0.8)
    assert term.cost(start, start) == pytest.approx(100 * 0.5 * 0.1)
    assert term.cost(start, moved(start)) == 0.0


def test_they_count_only_where_disks_may_be_copied() -> None:
    policy = Policy(datastore_headroom_percent=70)
    assert not any(term.name.startswith("datastore") for term in objectives_for(policy))
    (line,) = (term.line for term in objectives_for(policy, with_disks=True) if isinstance(term, DatastoreOverload))
    assert line == 0.7


def test_latency_follows_the_data_and_costs_above_its_line(start: Inventory) -> None:
    term = DatastoreLatency(weight=100.0, line_ms=15.0)
    assert term.cost(start, moved(start)) == 0.0
    slow = Measured(newest=50.0, p95=30.0, window_s=300)
    small = next(one for one in start.datastores if one.name == "small")
    known = start.with_datastores(
        tuple(replace(one, load=DatastoreLoad(latency_ms=slow)) if one == small else one for one in start.datastores)
    )
    assert term.cost(known, known) == pytest.approx(100 * 0.5 * (30 / 15 - 1))
    assert term.cost(known, moved(known)) == pytest.approx(100 * 0.5 * (30 * 600 / 900 / 15 - 1))
