"""Use above the headroom line costs."""

import pytest

from recommender.objectives.overload import Overload
from tests.inventories import make_host, make_inventory, make_vm

TERM = Overload(weight=20_000.0, line=0.85)


@pytest.mark.parametrize(("cpu", "over"), [(8500, 0.0), (8499, 0.0), (9000, 0.05), (20_000, 1.15)])
def test_costs_every_bit_above_the_line_and_nothing_below(cpu: int, over: float) -> None:
    inventory = make_inventory([make_host("h1", cpu_mhz=10_000)], [make_vm("a", "h1", cpu=cpu)])
    assert TERM.cost(inventory, inventory) == pytest.approx(20_000 * over)


def test_cpu_and_memory_are_added_up() -> None:
    host = make_host("h1", cpu_mhz=10_000, memory_mib=10_000)
    inventory = make_inventory([host], [make_vm("a", "h1", cpu=9500, memory=9000)])
    assert TERM.cost(inventory, inventory) == pytest.approx(20_000 * (0.10 + 0.05))
