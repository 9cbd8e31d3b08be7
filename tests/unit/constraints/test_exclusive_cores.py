"""VMs of high latency sensitivity share no core."""

from recommender.constraints.exclusive_cores import ExclusiveCores
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, reasons_against, told

RULE = ExclusiveCores()


def estate(*, sensitive: bool) -> Inventory:
    return make_inventory(
        [make_host("here", cores=4), make_host("there", cores=4)],
        [
            make_vm("a", "here", vcpus=2, is_latency_sensitive=sensitive),
            make_vm("b", "there", vcpus=3, is_latency_sensitive=True),
            make_vm("c", "there", vcpus=4),
        ],
    )


def test_only_such_vms_count() -> None:
    assert reasons_against(RULE, estate(sensitive=True), "there") == [
        "5 cores for 2 VMs of high latency sensitivity, of 4"
    ]
    assert reasons_against(RULE, estate(sensitive=False), "there") == []
    assert broken(RULE, estate(sensitive=True)) == []


def test_it_is_told_as_a_capacity_where_any_vm_asks() -> None:
    assert told(RULE, estate(sensitive=True), "a") == [("capacity", "exclusive_cores", [2.0], [4.0, 1.0])]
    assert told(RULE, estate(sensitive=False), "a") == []
