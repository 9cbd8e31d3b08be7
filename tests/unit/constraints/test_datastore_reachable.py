"""A VM's datastores must be mounted where it goes, before and after a copy."""

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.datastore_reachable import DatastoreReachable
from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import PowerState
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = DatastoreReachable()


def estate(*, in_maintenance: str = "", power: PowerState = PowerState.POWERED_ON) -> Inventory:
    hosts = [make_host(name, datastores=stores) for name, stores in (("both", ("ds", "ds2")), ("one", ("ds2",)))]
    stores = [
        Datastore(
            ref=ref(moid),
            name=f"store {moid}",
            datacenter="dc",
            capacity_mib=1 << 20,
            free_mib=1 << 19,
            in_maintenance=moid == in_maintenance,
        )
        for moid in ("ds", "ds2")
    ]
    return make_inventory(hosts, [make_vm("a", "both", power_state=power)], datastores=stores)


@pytest.mark.parametrize("power", PowerState)
def test_a_vm_goes_only_where_its_datastore_is_mounted_running_or_not(power: PowerState) -> None:
    inventory = estate(power=power)
    assert hosts_for(RULE, inventory) == {"both"}
    assert reasons_against(RULE, inventory, "one") == ["1 of 1 datastores are not mounted: store ds"]


def test_configuration_files_count_beside_disks() -> None:
    vm = make_vm("a", "both", datastore="ds2", datastores=(ref("ds"), ref("ds2")))
    inventory = make_inventory(estate().hosts, [vm])
    assert hosts_for(RULE, inventory) == {"both"}
    assert reasons_against(RULE, inventory, "one") == ["1 of 2 datastores are not mounted: ds"]


def test_a_vm_that_touches_no_datastore_goes_anywhere() -> None:
    inventory = make_inventory(estate().hosts, [make_vm("a", "both", disks=(), datastores=())])
    assert hosts_for(RULE, inventory) == {"both", "one"}
    assert reasons_against(RULE, inventory, "one") == []


def test_with_its_disks_copied_to_a_datastore_that_is_mounted_it_may_go() -> None:
    inventory = estate()
    vm, one = inventory.vm(ref("a")), inventory.host(ref("one"))
    assert caused_by_move([RULE], inventory, vm, one, {2000: ref("ds2")}) == ()
    assert len(caused_by_move([RULE], inventory, vm, one, {2000: ref("ds")})) == 1


def test_its_source_need_not_mount_what_it_is_copied_to() -> None:
    hosts = [make_host("here", datastores=("ds",)), make_host("there", datastores=("ds2",))]
    inventory = make_inventory(hosts, [make_vm("a", "here")])
    assert broken(RULE, inventory.with_in_flight(flight("a", "there", "ds2"))) == []


def test_nothing_is_copied_to_a_datastore_in_maintenance() -> None:
    inventory = estate(in_maintenance="ds2")
    copying = inventory.with_in_flight(flight("a", "both", "ds2"))
    assert broken(RULE, copying) == ["datastore store ds2 is in maintenance mode"]


def test_what_stays_on_a_datastore_in_maintenance_may_be_moved_to_another_host() -> None:
    inventory = estate(in_maintenance="ds")
    assert hosts_for(RULE, inventory) == {"both"}
    assert broken(RULE, inventory.with_in_flight(flight("a", "both", "ds"))) == []


def test_a_datastore_that_is_not_mounted_where_the_vm_is_is_a_broken_place() -> None:
    inventory = make_inventory([make_host("h", datastores=())], [make_vm("a", "h")])
    assert broken(RULE, inventory) == ["1 of 1 datastores are not mounted: ds"]


def test_a_datastore_unknown_to_the_inventory_is_told_by_its_reference() -> None:
    inventory = make_inventory([make_host("h", datastores=())], [make_vm("a", "h")], datastores=())
    assert broken(RULE, inventory) == ["1 of 1 datastores are not mounted: vc/ds"]
