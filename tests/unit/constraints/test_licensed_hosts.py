"""VMs that run on some hosts only, by name, tag or guest operating system."""

import pytest

from recommender.constraints.licensed_hosts import LicensedHosts
from recommender.inventory.inventory import Inventory
from recommender.policy import HostGroup
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against

RULE = LicensedHosts(
    (
        HostGroup(name="windows", hosts=("esx-w*",), guest_os=("windows*",)),
        HostGroup(name="oracle", hosts=("esx-w1",), vms=("ora-*",), tags=("oracle",)),
    )
)


def estate(guest_os: str | None, name: str = "web", tags: tuple[str, ...] = (), on: str = "esx-w1") -> Inventory:
    hosts = [make_host(host) for host in ("esx-w1", "esx-w2", "esx-l1")]
    return make_inventory(hosts, [make_vm("a", on, name=name, guest_id=guest_os, tags=tags)])


@pytest.mark.parametrize(
    ("inventory", "hosts"),
    [
        (estate("otherGuest64"), {"esx-w1", "esx-w2", "esx-l1"}),
        (estate("windows2019srv_64Guest"), {"esx-w1", "esx-w2"}),
        (estate("otherGuest64", name="ora-1"), {"esx-w1"}),
        (estate("otherGuest64", tags=("oracle",)), {"esx-w1"}),
        (estate(None), {"esx-w1", "esx-w2"}),
    ],
)
def test_who_is_bound_to_which_hosts(inventory: Inventory, hosts: set[str]) -> None:
    assert hosts_for(RULE, inventory) == hosts


def test_the_reasons() -> None:
    assert reasons_against(RULE, estate("windows9Guest"), "esx-l1") == ["it is bound to the hosts esx-w*"]
    assert reasons_against(RULE, estate(None), "esx-l1") == [
        "unknown: the guest operating system of the VM, on which 'windows' depends"
    ]
    permitted = LicensedHosts(RULE.groups, unknown_permitted=True)
    assert hosts_for(permitted, estate(None)) == {"esx-w1", "esx-w2", "esx-l1"}


def test_a_vm_that_stands_elsewhere_breaks_it() -> None:
    assert broken(RULE, estate("otherGuest64", name="ora-1", on="esx-l1")) == ["it is bound to the hosts esx-w1"]
    assert broken(LicensedHosts(), estate(None, on="esx-l1")) == []
