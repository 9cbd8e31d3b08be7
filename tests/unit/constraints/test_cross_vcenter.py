"""What may leave for another vCenter, and what the reason is where it may not."""

from typing import Any

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.cross_vcenter import CrossVCenter
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.inventory.vm_settings import FaultToleranceRole
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import hosts_for

RULE = CrossVCenter()
ABROAD = EntityRef("other", "host-9")


def two_vcenters(here: str | None = "8.0.3", there: str | None = "7.0.3", **vm: Any) -> Inventory:
    hosts = [
        make_host("here", esxi_version=here),
        make_host("beside", esxi_version=None),
        make_host("abroad", ref=ABROAD, esxi_version=there),
    ]
    return make_inventory(hosts, [make_vm("a", "here", **vm)])


def reasons(inventory: Inventory, rule: CrossVCenter = RULE) -> list[str]:
    found = caused_by_move([rule], inventory, inventory.vm(ref("a")), inventory.host(ABROAD))
    return [violation.reason for violation in found]


def test_an_ordinary_vm_may_go() -> None:
    assert hosts_for(RULE, two_vcenters()) == {"here", "beside", "abroad"}
    assert reasons(two_vcenters()) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": VmKind.TEMPLATE}, "a template does not go to another vCenter"),
        ({"vapp": ref("vapp-1")}, "a part of a vApp does not go to another vCenter"),
        (
            {"fault_tolerance": FaultToleranceRole.PRIMARY},
            "one of a Fault Tolerance pair does not go to another vCenter",
        ),
        ({"there": "5.5.0"}, "host abroad has ESXi 5.5.0, at least 6.0 needed"),
        ({"here": "5.5.0"}, "host here has ESXi 5.5.0, at least 6.0 needed"),
        ({"there": None}, "unknown: version of host abroad"),
    ],
)
def test_what_may_not_go_is_told_why(changes: dict[str, Any], reason: str) -> None:
    inventory = two_vcenters(**changes)
    assert hosts_for(RULE, inventory) == {"here", "beside"}
    assert reasons(inventory) == [reason]


def test_an_unknown_version_may_be_permitted() -> None:
    inventory, rule = two_vcenters(there=None), CrossVCenter(unknown_permitted=True)
    assert hosts_for(rule, inventory) == {"here", "beside", "abroad"}
    assert reasons(inventory, rule) == []


def test_a_vm_whose_identity_is_not_its_own_stays() -> None:
    hosts = two_vcenters().hosts
    twin = make_vm("b", "abroad", ref=EntityRef("other", "vm-7"), host=ABROAD, instance_uuid="uuid-a")
    inventory = make_inventory(hosts, [make_vm("a", "here"), twin])
    assert hosts_for(RULE, inventory) == {"here", "beside"}
    assert reasons(inventory) == ["2 VMs have its instance UUID: it could not be told apart there"]
