"""What is to be known of a move is told before it is made."""

from dataclasses import replace

from recommender.inventory.inventory import Inventory
from recommender.inventory.network import Network, NetworkKind
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.result import Move, NetworkMove
from recommender.planning.move_warnings import move_warnings
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import move

SILENT = (
    "network 'quiet' does not notify physical switches: they learn where the VM has gone only once it sends something"
)


def estate(power: PowerState = PowerState.POWERED_ON) -> Inventory:
    networks = (
        Network(ref=ref("loud"), name="loud", datacenter="dc", notifies_switches=True),
        Network(ref=ref("quiet"), name="quiet", datacenter="dc", notifies_switches=False, kind=NetworkKind.DISTRIBUTED),
    )
    vms = [
        make_vm("a", "h1", networks=(ref("quiet"),), power_state=power),
        make_vm("b", "h1", networks=(ref("loud"),), power_state=power),
    ]
    return make_inventory([make_host("h1"), make_host("h2")], vms, networks=networks)


def move_of(inventory: Inventory, vm: str, to: str = "h2") -> Move:
    return move(inventory, vm, to)


def test_switches_that_are_not_notified_are_named() -> None:
    inventory = estate()
    assert move_warnings(inventory, move_of(inventory, "a")) == (SILENT,)
    assert move_warnings(inventory, move_of(inventory, "b")) == ()


def test_a_vm_that_is_off_is_not_waited_for() -> None:
    inventory = estate(PowerState.POWERED_OFF)
    assert move_warnings(inventory, move_of(inventory, "a")) == ()


def test_the_network_that_it_comes_to_counts() -> None:
    inventory = estate()
    moves = (NetworkMove(source=ref("loud"), destination=ref("quiet")),)
    assert move_warnings(inventory, replace(move_of(inventory, "b"), network_moves=moves)) == (
        "its adapters on network 'loud' are connected to 'quiet' (distributed)",
        SILENT,
    )
