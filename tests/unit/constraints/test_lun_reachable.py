"""A mapped LUN must be seen where its VM goes."""

from recommender.constraints.lun_reachable import LunReachable
from recommender.inventory.inventory import Inventory
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.constraints.verdicts import broken, hosts_for, reasons_against

RULE = LunReachable()


def vm_with_luns(*luns: str, on: str = "both") -> Inventory:
    hosts = [
        make_host("both", raw_luns=("l1", "l2")),
        make_host("one", raw_luns=("l1",)),
        make_host("untold"),
    ]
    return make_inventory(hosts, [make_vm("a", on, raw_luns=luns)])


def test_a_vm_without_mappings_goes_anywhere() -> None:
    assert hosts_for(RULE, vm_with_luns()) == {"both", "one", "untold"}
    assert reasons_against(RULE, vm_with_luns(), "untold") == []


def test_every_mapped_lun_must_be_seen() -> None:
    assert hosts_for(RULE, vm_with_luns("l1")) == {"both", "one"}
    inventory = vm_with_luns("l1", "l2")
    assert hosts_for(RULE, inventory) == {"both"}
    assert reasons_against(RULE, inventory, "one") == ["1 of 2 mapped LUNs are not seen: l2"]


def test_unknown_luns_refuse_unless_permitted() -> None:
    inventory = vm_with_luns("l1")
    assert reasons_against(RULE, inventory, "untold") == ["unknown: LUNs that the host sees (1 are mapped into the VM)"]
    lenient = LunReachable(unknown_permitted=True)
    assert hosts_for(lenient, inventory) == {"both", "one", "untold"}
    assert reasons_against(lenient, inventory, "untold") == []


def test_a_vm_that_stays_breaks_nothing_where_luns_are_unknown() -> None:
    assert broken(RULE, vm_with_luns("l1", on="untold")) == []
