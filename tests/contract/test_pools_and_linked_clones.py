"""A VM that leaves its cluster comes into the pool of the same path; linked clones' disks are copied as configured."""

from pathlib import Path

import pytest

from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import vm_named
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Vm
from tests.contract.two_datacenters import CONFIG
from tests.contract.worlds import in_memory, over_soap

ESTATE = Estate(
    clusters=(Cluster(name="blue", pools=("gold", "silver")), Cluster(name="green", pools=("gold",))),
    networks=(Network(name="production"),),
    datastores=(Datastore(name="old"), Datastore(name="new")),
    hosts=(
        Host(name="esx-1", cluster="blue", datastores=("old",)),
        Host(name="esx-2", cluster="green", datastores=("old", "new")),
    ),
    vms=(
        Vm(name="in-gold", host="esx-1", pool="gold", disks=(Disk(datastore="old"),)),
        Vm(name="in-silver", host="esx-1", pool="silver", disks=(Disk(datastore="old"),)),
        Vm(name="clone", host="esx-2", power_state="poweredOff", disks=(Disk(datastore="old", stands_on="golden"),)),
    ),
)


def pools(inventory: Inventory) -> dict[str, str | None]:
    found = {vm.name: inventory.find_resource_pool(vm.resource_pool) for vm in inventory.virtual_machines}
    return {name: pool.name if pool else None for name, pool in found.items()}


@pytest.mark.parametrize("where", ["over SOAP", "in memory"])
def test_the_pool_of_the_same_name_or_else_the_root(start_simulator: StartSimulator, where: str) -> None:
    with in_memory(ESTATE) if where == "in memory" else over_soap(start_simulator(ESTATE, migration_ms=50)) as world:
        before = pools(world.source.read())
        assert (before["in-gold"], before["in-silver"]) == ("gold", "silver")
        for name in ("in-gold", "in-silver"):
            world.ended(world.migrator.relocate(world.move(name, "esx-2"), f"operation-{name}"))
        after = world.source.read()
        assert (pools(after)["in-gold"], pools(after)["in-silver"]) == ("gold", "Resources")
        owner = after.find_resource_pool(vm_named(after, "in-gold").resource_pool)
        assert owner is not None
        assert owner.owner == after.host(vm_named(after, "in-gold").host).cluster


@pytest.mark.parametrize(
    ("configured", "is_linked"),
    [(None, None), ("moveAllDiskBackingsAndConsolidate", False), ("moveAllDiskBackingsAndDisallowSharing", True)],
)
def test_a_linked_clone_leaves_a_datastore_as_the_policy_says(
    start_simulator: StartSimulator, tmp_path: Path, configured: str | None, is_linked: bool | None
) -> None:
    simulator = start_simulator(ESTATE, migration_ms=50)
    relocation = f'disk_move_type = "{configured}"' if configured else ""
    text = CONFIG.format(
        url=simulator.url, pin=simulator.certificate_pin, user=simulator.username, relocation=relocation, policy=""
    )
    (tmp_path / "recommender.toml").write_text(text, encoding="utf-8")
    line = CommandLine(simulator=simulator, folder=tmp_path)
    asked = ("evacuate", "--datastore", "old", "--yes", "--config", "recommender.toml")
    done = line.run(*asked, reads_vcenter=False)
    with over_soap(simulator) as world:
        clone = vm_named(world.source.read(), "clone")
        new = next(store.ref for store in world.source.read().datastores if store.name == "new")
    if is_linked is None:
        assert done.returncode == 4, done.stderr
        assert "a linked clone's, which stands on the disk of another VM" in " ".join(done.stdout.split())
        assert "RelocateVM_Task" not in simulator.operations()
        return
    assert done.returncode == 0, done.stderr + done.stdout
    assert [(disk.datastore, disk.is_linked) for disk in clone.disks] == [(new, is_linked)]
