"""What has to leave a datastore that is being emptied, and that nothing is copied to it."""

from dataclasses import replace

import pytest

from recommender.constraints.check import caused_by_move
from recommender.constraints.evacuated_datastore import EvacuatedDatastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import HOME, Disk, VmKind
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for

RULE = EvacuatedDatastore(datastores=frozenset({ref("old")}))


def vm_with(disk: str, home: str, *others: str, kind: VmKind = VmKind.ORDINARY, media: str | None = None) -> Inventory:
    vm = make_vm(
        "a",
        "h1",
        disks=(Disk(key=2000, datastore=ref(disk), size_mib=100),),
        datastores=tuple(sorted({ref(disk), ref(home), *map(ref, others)})),
        home_datastore=ref(home),
        kind=kind,
        media_datastores=(ref(media),) if media else (),
    )
    return make_inventory([make_host("h1", datastores=("old", "new", "third"))], [vm])


@pytest.mark.parametrize(
    ("inventory", "reasons"),
    [
        (vm_with("new", "new"), []),
        (vm_with("old", "new"), ["the datastore is being evacuated and holds 1 disks of 100 MiB"]),
        (vm_with("old", "old"), ["the datastore is being evacuated and holds 1 disks of 100 MiB and its home"]),
        (vm_with("new", "old"), ["the datastore is being evacuated and holds its home"]),
        (
            vm_with("new", "new", "old", media="old"),
            ["the datastore is being evacuated and holds an image in one of its drives"],
        ),
        (vm_with("new", "new", "old"), ["the datastore is being evacuated and holds other files of it"]),
        (vm_with("old", "old", kind=VmKind.VCLS), []),
    ],
)
def test_everything_has_to_leave(inventory: Inventory, reasons: list[str]) -> None:
    assert broken(RULE, inventory) == reasons


def test_a_vm_counts_where_its_copies_end() -> None:
    inventory = vm_with("old", "old")
    leaving = replace(flight("a", "h1", "new"), disk_targets=((2000, ref("new")),))
    assert broken(RULE, inventory.with_in_flight(leaving)) == []
    half = replace(leaving, disk_targets=((HOME, ref("new")),))
    assert len(broken(RULE, inventory.with_in_flight(half))) == 1
    assert not RULE.continuous


def test_nothing_is_copied_to_it() -> None:
    inventory = vm_with("third", "third")
    vm, host = inventory.vm(ref("a")), inventory.host(ref("h1"))
    stores = {store.name: store for store in inventory.datastores}
    assert RULE.admits(inventory, vm, frozenset({2000}), host, stores["new"])
    assert not RULE.admits(inventory, vm, frozenset({2000}), host, stores["old"])
    assert caused_by_move([RULE], inventory, vm, host, {2000: ref("old")})
    assert not caused_by_move([RULE], inventory, vm, host, {2000: ref("new")})


def test_hosts_have_no_say_in_it() -> None:
    assert hosts_for(RULE, vm_with("old", "old")) == {"h1"}
