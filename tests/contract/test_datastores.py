"""A datastore is emptied from the command line over SOAP, disks and VMs with their local disks, every rule kept."""

from pathlib import Path

import pytest

from recommender.inventory.lookup import vm_named
from recommender.inventory.vm_settings import DiskProvisioning
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.estate import Cluster, Datastore, Disk, Estate, Host, Network, Vm
from tests.contract.rule_watch import watching


def estate() -> Estate:
    """``old`` holds disks and homes; it is all that ``lone`` can be on at its host."""
    shared = ("old", "new", "small")
    return Estate(
        clusters=(Cluster(name="blue"),),
        networks=(Network(name="production"),),
        datastores=(
            Datastore(name="old", capacity_gib=500, free_gib=300),
            Datastore(name="new", capacity_gib=1000, free_gib=900),
            Datastore(name="small", capacity_gib=100, free_gib=10),
        ),
        hosts=(
            Host(name="esx-1", cluster="blue", datastores=shared),
            Host(name="esx-2", cluster="blue", datastores=shared),
            Host(name="esx-3", cluster="blue", datastores=("old",)),
        ),
        vms=(
            *(Vm(name=f"web-{number}", host="esx-1", disks=(Disk(datastore="old", gib=10),)) for number in range(3)),
            Vm(name="two", host="esx-2", disks=(Disk(datastore="new", gib=10), Disk(datastore="old", gib=20))),
            Vm(name="off", host="esx-2", power_state="poweredOff", disks=(Disk(datastore="old", gib=5),)),
            Vm(name="lone", host="esx-3", disks=(Disk(datastore="old", gib=10),)),
            Vm(name="elsewhere", host="esx-2", disks=(Disk(datastore="small", gib=5),)),
        ),
    )


@pytest.fixture
def cluster(start_simulator: StartSimulator, tmp_path: Path) -> CommandLine:
    return CommandLine(simulator=start_simulator(estate(), migration_ms=300), folder=tmp_path)


def test_a_datastore_is_emptied_while_every_rule_holds(cluster: CommandLine) -> None:
    plan = cluster.document("evacuate", "--datastore", "old", "--dry-run")
    moves = {step["move"]["vm"]["name"]: step["move"] for step in plan["steps"]}
    assert set(moves) == {"web-0", "web-1", "web-2", "two", "off", "lone"}
    assert moves["lone"]["destination"]["host"]["name"] in ("esx-1", "esx-2")
    assert all(move["destination"]["host"] == move["source"]["host"] for name, move in moves.items() if name != "lone")
    assert plan["makespan_s"] > 0

    with watching(cluster.simulator) as watch:
        told = cluster.run(
            "evacuate", "--datastore", "old", "--yes", RECOMMENDER_POLICY__RELOCATION__DISK_FORMAT="thin"
        )
    assert told.returncode == 0, told.stderr
    assert watch.newly_broken() == set()
    assert "web-0: esx-1 (old) → esx-1 (new as thin)" in told.stderr, "the host alone tells nothing"
    assert "6 of 6 within p95" in told.stdout
    assert cluster.simulator.operations().count("RelocateVM_Task") == 6

    after = watch.pictures[-1]
    names = {store.ref: store.name for store in after.datastores}
    for vm in after.virtual_machines:
        found = {names[store] for store in (*vm.datastores, *(disk.datastore for disk in vm.disks))}
        assert found == ({"small"} if vm.name == "elsewhere" else {"new"}), vm.name
        assert vm.home_datastore in vm.datastores
    assert {disk.provisioning for disk in vm_named(after, "web-0").disks} == {DiskProvisioning.THIN}
    again = cluster.document("evacuate", "--datastore", "old", "--dry-run")
    assert (again["status"], again["moves"]) == ("nothing_to_do", [])


def test_nothing_is_sent_where_not_everything_has_a_place(cluster: CommandLine) -> None:
    done = cluster.run("evacuate", "--datastore", "new", "--datastore", "old", "--yes")
    assert done.returncode == 4
    assert "datastore_space" in done.stdout
    assert "RelocateVM_Task" not in cluster.simulator.operations()
