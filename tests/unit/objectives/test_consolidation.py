"""What hosts that stay on cost."""

from recommender.inventory.virtual_machine import PowerState
from recommender.objectives.consolidation import Consolidation
from tests.inventories import make_host, make_inventory, make_vm, ref

HOSTS = frozenset(map(ref, ("h1", "h2", "h3")))
INVENTORY = make_inventory(
    [make_host(name) for name in ("h1", "h2", "h3", "h4")],
    [make_vm("a", "h1"), make_vm("off", "h2", power_state=PowerState.POWERED_OFF)],
)


def test_every_host_that_is_not_switched_off_costs() -> None:
    assert Consolidation(10, HOSTS).cost(INVENTORY, INVENTORY) == 30
    assert Consolidation(10, HOSTS, frozenset({ref("h2"), ref("h3")})).cost(INVENTORY, INVENTORY) == 10


def test_a_host_on_which_something_runs_costs_whatever_is_wanted() -> None:
    assert Consolidation(10, HOSTS, frozenset({ref("h1")})).cost(INVENTORY, INVENTORY) == 30
    moved = INVENTORY.with_vm_on(ref("a"), ref("h2"))
    assert Consolidation(10, HOSTS, frozenset({ref("h1")})).cost(INVENTORY, moved) == 20
