"""Load changes with the hours and follows the seed."""

from datetime import UTC, datetime, timedelta

from recommender.inventory.load import VmLoad
from recommender.simulation.workload import Workload
from tests.inventories import make_host, make_inventory, make_vm

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def the_workload(seed: int = 1, count: int = 50) -> Workload:
    vms = [make_vm(f"v{number:02}", "a", cpu=1000) for number in range(count)]
    return Workload(make_inventory([make_host("a")], vms), NOON, seed)


def total(workload: Workload, moment: datetime) -> int:
    return sum(load.cpu_demand_mhz or 0 for load in workload.at(moment).values())


def test_it_starts_as_the_inventory_says() -> None:
    assert total(the_workload(), NOON) == 50_000


def test_it_is_higher_in_the_afternoon_than_at_night() -> None:
    workload = the_workload()
    night = total(workload, NOON + timedelta(hours=14))
    afternoon = total(workload, NOON + timedelta(hours=26))
    # waves of 5 to 45 % around the mean: 25 % on the average
    assert afternoon > 1.3 * night


def test_a_minute_changes_little() -> None:
    workload = the_workload()
    assert abs(total(workload, NOON + timedelta(minutes=1)) - 50_000) < 1000


def test_it_does_not_matter_when_it_is_asked() -> None:
    one, other = the_workload(), the_workload()
    late, early = NOON + timedelta(hours=3), NOON + timedelta(hours=1)
    first = (one.at(late), one.at(early))
    second = (other.at(early), other.at(late))
    assert first == second[::-1]
    assert the_workload(seed=2).at(late) != first[0]


def test_what_is_unknown_stays_unknown() -> None:
    vm = make_vm("v", "a", load=VmLoad())
    workload = Workload(make_inventory([make_host("a")], [vm]), NOON, 1)
    assert workload.at(NOON + timedelta(hours=1)) == {vm.instance_uuid: VmLoad()}
