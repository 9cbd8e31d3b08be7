"""Disks change their format over SOAP in either direction, alone and with their VM, one after the other."""

import pytest

from recommender.inventory.lookup import vm_named
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.placement.result import DiskMove
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Vm
from tests.contract.worlds import World, over_soap
from tests.unit.vsphere.moves import make_move

THIN, LAZY, EAGER = DiskProvisioning.THIN, DiskProvisioning.LAZY_ZEROED, DiskProvisioning.EAGER_ZEROED
BOTH = ("one", "two")
ESTATE = Estate(
    clusters=(Cluster(name="blue"),),
    networks=(Network(name="production"),),
    datastores=(Datastore(name="one"), Datastore(name="two")),
    hosts=tuple(Host(name=name, cluster="blue", datastores=BOTH) for name in ("esx-1", "esx-2")),
    vms=(Vm(name="vm", host="esx-1", disks=(Disk(datastore="one", is_thin=True), Disk(datastore="one"))),),
)


def formats(world: World) -> "list[tuple[str, DiskProvisioning | None]]":
    inventory = world.source.read()
    names = {store.ref: store.name for store in inventory.datastores}
    return [(names[disk.datastore], disk.provisioning) for disk in vm_named(inventory, "vm").disks]


@pytest.mark.parametrize("to", ["esx-1", "esx-2"])
def test_one_disk_after_the_other_changes_its_place_and_its_format(start_simulator: StartSimulator, to: str) -> None:
    with over_soap(start_simulator(ESTATE, migration_ms=50)) as world:
        vm = vm_named(world.source.read(), "vm")
        stores = {store.name: store.ref for store in world.at_first.datastores}
        first, second = (disk.key for disk in vm.disks)
        assert formats(world) == [("one", THIN), ("one", LAZY)]
        for number, (key, store, wanted, after) in enumerate(
            (
                (first, "two", EAGER, [("two", EAGER), ("one", LAZY)]),
                (second, "two", THIN, [("two", EAGER), ("two", THIN)]),
                (first, "one", LAZY, [("one", LAZY), ("two", THIN)]),
                (second, "one", None, [("one", LAZY), ("one", THIN)]),
            )
        ):
            place = vm_named(world.source.read(), "vm")
            source = next(disk.datastore for disk in place.disks if disk.key == key)
            copied = DiskMove(disk_key=key, source=source, destination=stores[store], provisioning=wanted)
            move = make_move(vm=vm.ref, destination=world.host(to), disk_moves=(copied,))
            world.ended(world.migrator.relocate(move, f"operation-{number}"))
            assert formats(world) == after
        assert vm_named(world.source.read(), "vm").host == world.host(to)
