"""What ties a VM to its host, whatever the destination."""

from typing import Any

import pytest

from recommender.constraints.pinned_vm import PinnedVm
from recommender.inventory.inventory import Inventory
from recommender.inventory.pin import Pin
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = PinnedVm()


def two_hosts(**vm: Any) -> Inventory:
    return make_inventory([make_host("here"), make_host("there")], [make_vm("a", "here", **vm)])


@pytest.mark.parametrize("pin", Pin)
@pytest.mark.parametrize("power", PowerState)
def test_a_tied_vm_goes_nowhere_but_breaks_nothing_by_staying(pin: Pin, power: PowerState) -> None:
    inventory = two_hosts(pins=(pin,), power_state=power)
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "there") == [f"1 ties to its host: {pin.told}"]
    assert broken(RULE, inventory) == []


def test_a_free_vm_may_be_moved() -> None:
    assert hosts_for(RULE, two_hosts()) == {"here", "there"}
    assert reasons_against(RULE, two_hosts(), "there") == []


def test_all_ties_are_told() -> None:
    inventory = two_hosts(pins=(Pin.SRIOV_DEVICE, Pin.HOST_DEVICE)).with_in_flight(flight("a", "there"))
    (reason,) = broken(RULE, inventory)
    assert reason == (
        "2 ties to its host: an SR-IOV network adapter; a connected device of its host (CD, floppy, USB or port)"
    )


def test_unknown_devices_hold_a_vm_unless_that_is_permitted() -> None:
    inventory = two_hosts(pins=None)
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "there") == ["unknown: devices of the VM, which may tie it to its host"]
    lenient = PinnedVm(unknown_permitted=True)
    assert hosts_for(lenient, inventory) == {"here", "there"}
    assert reasons_against(lenient, inventory, "there") == []
