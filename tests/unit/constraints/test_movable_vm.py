"""What holds a VM where it is, whatever the destination."""

from typing import Any

import pytest

from recommender.constraints.movable_vm import MovableVm
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VmKind
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = MovableVm()


def two_hosts(state: ConnectionState = ConnectionState.CONNECTED, **vm: Any) -> Inventory:
    return make_inventory([make_host("here", connection_state=state), make_host("there")], [make_vm("a", "here", **vm)])


@pytest.mark.parametrize(
    ("vm", "reason"),
    [
        ({"kind": VmKind.VCLS}, "a vCLS VM: vCenter itself moves it"),
        ({"kind": VmKind.AGENT}, "an agent VM: its manager moves it"),
        (
            {"relocate_disabled": True},
            "vCenter has disabled its relocation for now (a backup or a replication holds it)",
        ),
        ({"busy_with": "VirtualMachine.createSnapshot"}, "another task works on it: VirtualMachine.createSnapshot"),
        (
            {"consolidation_needed": True},
            "its disks need consolidation (a snapshot left some behind): consolidate them first",
        ),
        ({"state": ConnectionState.DISCONNECTED}, "its host is disconnected"),
        ({"state": ConnectionState.NOT_RESPONDING}, "its host is notResponding"),
    ],
)
def test_a_vm_that_something_holds_goes_nowhere_but_breaks_nothing_by_staying(vm: dict[str, Any], reason: str) -> None:
    inventory = two_hosts(**vm)
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "there") == [reason]
    assert broken(RULE, inventory) == []


@pytest.mark.parametrize("kind", [VmKind.ORDINARY, VmKind.TEMPLATE])
def test_vms_and_templates_may_be_moved(kind: VmKind) -> None:
    inventory = two_hosts(kind=kind)
    assert hosts_for(RULE, inventory) == {"here", "there"}
    assert reasons_against(RULE, inventory, "there") == []


@pytest.mark.parametrize("destination", ["here", "there"])
def test_a_vm_that_is_being_migrated_is_not_moved_again(destination: str) -> None:
    inventory = two_hosts().with_in_flight(flight("a", destination))
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "there") == ["another migration of it is under way"]
    assert broken(RULE, inventory) == [], "one migration of it is no fault"


def test_the_migration_of_another_vm_does_not_matter() -> None:
    hosts = [make_host("here"), make_host("there")]
    inventory = make_inventory(hosts, [make_vm("a", "here"), make_vm("b", "here")], in_flight=(flight("b", "there"),))
    assert hosts_for(RULE, inventory) == {"here", "there"}
    assert reasons_against(RULE, inventory, "there") == []
