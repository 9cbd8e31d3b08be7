"""Both ends of a live migration need a vMotion adapter."""

from typing import Any

import pytest

from recommender.constraints.vmotion_enabled import VMotionEnabled
from recommender.inventory.host import VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.licence import Licence
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


STANDARD = Licence(name="Standard", edition="esx.standard.cpuPackage", features=("das", "vmotion"))
ESSENTIALS = Licence(name="Essentials", edition="esx.essentials.cpuPackage", features=("backup",))


@pytest.mark.parametrize(
    ("here", "there", "reasons"),
    [
        (STANDARD, STANDARD, []),
        (None, STANDARD, []),
        (Licence(name="", edition="esx.standard.cpuPackage"), STANDARD, []),
        (Licence(name="Evaluation", edition="eval"), STANDARD, []),
        (ESSENTIALS, STANDARD, ["the licence of the source host (Essentials) allows 1 features, and vMotion is none"]),
        (STANDARD, ESSENTIALS, ["the licence of the destination host (Essentials) allows 1 features, and vMotion is"]),
    ],
)
def test_a_licence_without_vmotion_refuses_a_live_migration(here: Any, there: Any, reasons: list[str]) -> None:
    hosts = [make_host("here", licence=here), make_host("there", licence=there)]
    live, cold = (
        make_inventory(hosts, [make_vm("a", "here", power_state=power)])
        for power in (PowerState.POWERED_ON, PowerState.POWERED_OFF)
    )
    told = reasons_against(VMotionEnabled(unknown_permitted=True), live, "there")
    assert [reason[: len(begun)] for reason, begun in zip(told, reasons, strict=True)] == reasons
    assert ("there" in hosts_for(RULE, live)) is (reasons == [])
    assert hosts_for(RULE, cold) == {"here", "there"}
    assert reasons_against(RULE, cold, "there") == []
