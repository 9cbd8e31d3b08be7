"""A VM is not wider than its host."""

import pytest

from recommender.constraints.vm_size import VmSize
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against


def estate(threads: int | None, vcpus: int, power: PowerState = PowerState.POWERED_ON) -> Inventory:
    hosts = [make_host("here", cores=32, threads=64), make_host("there", cores=8, threads=threads)]
    return make_inventory(hosts, [make_vm("a", "here", vcpus=vcpus, power_state=power)])


@pytest.mark.parametrize(
    ("threads", "vcpus", "reasons"),
    [
        (16, 16, []),
        (16, 17, ["17 vCPUs, the host has 16 logical CPUs"]),
        (None, 8, []),
        (None, 9, ["unknown: logical CPUs of the host (9 vCPUs, 8 cores)"]),
    ],
)
def test_logical_cpus_decide(threads: int | None, vcpus: int, reasons: list[str]) -> None:
    inventory = estate(threads, vcpus)
    assert reasons_against(VmSize(), inventory, "there") == reasons
    assert hosts_for(VmSize(), inventory) == ({"here"} if reasons else {"here", "there"})


def test_the_unknown_may_be_permitted_and_what_is_off_fits_anywhere() -> None:
    assert reasons_against(VmSize(unknown_permitted=True), estate(None, 9), "there") == []
    assert hosts_for(VmSize(), estate(4, 64, PowerState.POWERED_OFF)) == {"here", "there"}


def test_a_vm_that_is_too_wide_where_it_is_has_to_leave() -> None:
    inventory = make_inventory([make_host("small", cores=2, threads=4)], [make_vm("a", "small", vcpus=8)])
    assert broken(VmSize(), inventory) == ["8 vCPUs, the host has 4 logical CPUs"]
