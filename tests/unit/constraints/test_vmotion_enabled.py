"""Both ends of a live migration need a vMotion adapter."""

from typing import Any

import pytest

from recommender.constraints.vmotion_enabled import VMotionEnabled
from recommender.inventory.host import VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = VMotionEnabled()
ONE = (VMotionAdapter(device="vmk1"),)


def adapters(here: Any, there: Any, power: PowerState = PowerState.POWERED_ON) -> Inventory:
    hosts = [make_host("here", vmotion_adapters=here), make_host("there", vmotion_adapters=there)]
    return make_inventory(hosts, [make_vm("a", "here", power_state=power)])


@pytest.mark.parametrize(
    ("here", "there", "reasons"),
    [
        (ONE, ONE, []),
        ((), ONE, ["0 vMotion adapters at the source"]),
        (ONE, (), ["0 vMotion adapters at the destination"]),
        (None, ONE, ["unknown: vMotion adapters of the source host"]),
        (ONE, None, ["unknown: vMotion adapters of the destination host"]),
    ],
)
def test_both_ends_need_one(here: Any, there: Any, reasons: list[str]) -> None:
    inventory = adapters(here, there)
    assert reasons_against(RULE, inventory, "there") == reasons
    assert ("there" in hosts_for(RULE, inventory)) is (reasons == [])
    assert broken(RULE, inventory) == [], "a VM that stays needs none"


@pytest.mark.parametrize("power", [PowerState.POWERED_OFF, PowerState.SUSPENDED])
def test_a_cold_migration_needs_none(power: PowerState) -> None:
    inventory = adapters((), None, power)
    assert hosts_for(RULE, inventory) == {"here", "there"}
    assert reasons_against(RULE, inventory, "there") == []


def test_the_policy_may_permit_the_unknown_but_not_the_missing() -> None:
    permitting = VMotionEnabled(unknown_permitted=True)
    assert hosts_for(permitting, adapters(None, None)) == {"here", "there"}
    assert reasons_against(permitting, adapters(None, None), "there") == []
    assert hosts_for(permitting, adapters(None, ())) == {"here"}
    assert reasons_against(permitting, adapters(None, ()), "there") == ["0 vMotion adapters at the destination"]


def test_the_unknown_is_marked_so() -> None:
    inventory = adapters(ONE, None).with_in_flight(flight("a", "there"))
    assert [found.is_unknown for found in RULE.violations(inventory, inventory.virtual_machines)] == [True]


def test_a_storage_migration_on_one_host_needs_none() -> None:
    assert broken(RULE, adapters((), ()).with_in_flight(flight("a", "here", "ds2"))) == []
