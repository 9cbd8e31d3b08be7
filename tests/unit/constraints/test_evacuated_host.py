"""What has to leave a host that is being emptied, and that nothing comes to it."""

import pytest

from recommender.constraints.evacuated_host import EvacuatedHost
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState, VmKind
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = EvacuatedHost(hosts=frozenset({ref("old"), ref("older")}))
REASON = "the host is being evacuated"


def vm_on(host: str, kind: VmKind = VmKind.ORDINARY, power: PowerState = PowerState.POWERED_ON) -> Inventory:
    hosts = [make_host("new"), make_host("old"), make_host("older")]
    return make_inventory(hosts, [make_vm("a", host, kind=kind, power_state=power)])


def test_nothing_is_brought_to_it() -> None:
    inventory = vm_on("new")
    assert hosts_for(RULE, inventory) == {"new"}
    assert reasons_against(RULE, inventory, "old") == [REASON]


def test_going_from_one_evacuated_host_to_another_is_no_way_out() -> None:
    inventory = vm_on("old")
    assert reasons_against(RULE, inventory, "older") == [REASON]
    assert reasons_against(RULE, inventory, "new") == []


@pytest.mark.parametrize("kind", [VmKind.ORDINARY, VmKind.TEMPLATE])
@pytest.mark.parametrize("power", PowerState)
def test_vms_and_templates_have_to_leave_running_or_not(kind: VmKind, power: PowerState) -> None:
    assert broken(RULE, vm_on("old", kind, power)) == [REASON]


@pytest.mark.parametrize("kind", [VmKind.VCLS, VmKind.AGENT])
def test_vms_of_vcenter_itself_do_not_count(kind: VmKind) -> None:
    assert broken(RULE, vm_on("old", kind)) == []
    inventory = vm_on("new", kind)
    assert hosts_for(RULE, inventory) == {"new", "old", "older"}
    assert reasons_against(RULE, inventory, "old") == []


def test_a_vm_counts_where_its_migration_ends() -> None:
    assert broken(RULE, vm_on("old").with_in_flight(flight("a", "new"))) == []
    assert broken(RULE, vm_on("new").with_in_flight(flight("a", "old"))) == [REASON]
    assert not RULE.continuous


def test_without_hosts_it_says_nothing() -> None:
    inventory = vm_on("old")
    assert hosts_for(EvacuatedHost(hosts=frozenset()), inventory) == {"new", "old", "older"}
    assert broken(EvacuatedHost(hosts=frozenset()), inventory) == []
