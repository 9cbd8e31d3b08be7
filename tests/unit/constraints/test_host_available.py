"""Which states of a host keep VMs from being brought there, and which drive them away."""

from typing import Any

import pytest

from recommender.constraints.host_available import HostAvailable
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState, VmKind
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = HostAvailable()

BAD_STATES: list[tuple[dict[str, Any], str]] = [
    ({"connection_state": ConnectionState.DISCONNECTED}, "the host is disconnected"),
    ({"connection_state": ConnectionState.NOT_RESPONDING}, "the host is not responding"),
    ({"is_powered_on": False}, "the host is not powered on"),
    ({"in_maintenance": True}, "the host is in maintenance mode"),
    ({"in_quarantine": True}, "the host is in quarantine"),
    ({"closed_because": "entering maintenance mode"}, "the host is entering maintenance mode"),
]


def two_hosts(*, here: dict[str, Any] | None = None, there: dict[str, Any] | None = None, **vm: Any) -> Inventory:
    hosts = [make_host("here", **(here or {})), make_host("there", **(there or {}))]
    return make_inventory(hosts, [make_vm("a", "here", **vm)])


@pytest.mark.parametrize(("state", "reason"), BAD_STATES)
def test_nothing_is_brought_to_a_host_in_a_bad_state(state: dict[str, Any], reason: str) -> None:
    inventory = two_hosts(there=state)
    assert hosts_for(RULE, inventory) == {"here"}
    assert reasons_against(RULE, inventory, "there") == [reason]


@pytest.mark.parametrize("power", PowerState)
def test_a_vm_that_does_not_run_is_not_brought_there_either(power: PowerState) -> None:
    assert reasons_against(RULE, two_hosts(there={"in_maintenance": True}, power_state=power), "there") != []


def test_a_good_host_takes_vms() -> None:
    inventory = two_hosts()
    assert hosts_for(RULE, inventory) == {"here", "there"}
    assert reasons_against(RULE, inventory, "there") == []


def test_a_running_vm_has_to_leave_a_host_in_maintenance() -> None:
    inventory = two_hosts(here={"in_maintenance": True})
    assert broken(RULE, inventory) == ["the host is in maintenance mode"]
    assert reasons_against(RULE, inventory, "there") == []
    assert broken(RULE, inventory.with_in_flight(flight("a", "there"))) == [], "it is leaving"


@pytest.mark.parametrize("vm", [{"power_state": PowerState.POWERED_OFF}, {"kind": VmKind.VCLS}, {"kind": VmKind.AGENT}])
def test_others_may_stay_on_a_host_in_maintenance(vm: dict[str, Any]) -> None:
    assert broken(RULE, two_hosts(here={"in_maintenance": True}, **vm)) == []


@pytest.mark.parametrize("state", [state for state, _ in BAD_STATES if "in_maintenance" not in state])
def test_a_vm_need_not_leave_a_host_in_another_bad_state(state: dict[str, Any]) -> None:
    assert broken(RULE, two_hosts(here=state)) == []
