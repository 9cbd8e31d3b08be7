"""A VM that somebody took out of DRS is left where it is."""

import pytest

from recommender.constraints.drs_disabled_vm import DrsDisabledVm
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VmDrsBehavior
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against

RULE = DrsDisabledVm()


def two_hosts(behavior: VmDrsBehavior | None) -> Inventory:
    return make_inventory([make_host("here"), make_host("there")], [make_vm("a", "here", drs_behavior=behavior)])


def test_a_vm_with_drs_switched_off_stays() -> None:
    inventory = two_hosts(VmDrsBehavior.DISABLED)
    assert hosts_for(RULE, inventory) == set()
    assert reasons_against(RULE, inventory, "there") == ["its VM override in the cluster switches DRS off for it"]
    assert broken(RULE, inventory) == []


@pytest.mark.parametrize("behavior", [None, *(one for one in VmDrsBehavior if one is not VmDrsBehavior.DISABLED)])
def test_other_overrides_hold_nothing(behavior: VmDrsBehavior | None) -> None:
    assert hosts_for(RULE, two_hosts(behavior)) == {"here", "there"}
    assert reasons_against(RULE, two_hosts(behavior), "there") == []
