"""Moves that change data centre, storage, disk format and networks at once, from the command line to where it shows."""

from pathlib import Path

import pytest
from pyVmomi import vim

from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import vm_named
from recommender.inventory.reference import EntityRef
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.vsphere.collector import read_object
from recommender.vsphere.session.session import Session
from tests.contract.command_line import CommandLine
from tests.contract.conftest import StartSimulator
from tests.contract.running_simulator import RunningSimulator
from tests.contract.two_datacenters import CONFIG, NETWORKS, two_datacenters
from tests.contract.worlds import over_soap


@pytest.fixture
def simulator(start_simulator: StartSimulator) -> RunningSimulator:
    return start_simulator(two_datacenters(warning="Snapshots slow it down."), migration_ms=100)


@pytest.fixture
def line(simulator: RunningSimulator, tmp_path: Path) -> CommandLine:
    return CommandLine(simulator=simulator, folder=tmp_path)


def configured(line: CommandLine, relocation: str, policy: str = "") -> tuple[str, str]:
    simulator = line.simulator
    text = CONFIG.format(
        url=simulator.url, pin=simulator.certificate_pin, user=simulator.username, relocation=relocation, policy=policy
    )
    (line.folder / "recommender.toml").write_text(text, encoding="utf-8")
    return ("--config", "recommender.toml")


def folder_of(simulator: RunningSimulator, inventory: Inventory, name: str) -> str:
    session = Session(simulator.address())
    try:
        folder = vm_named(inventory, name).folder
        assert folder is not None
        facts = session.reading(lambda service: read_object(service, vim.Folder(folder.moid), ("name",)))
        assert facts is not None
        return facts.name
    finally:
        session.close()


def names(inventory: Inventory, *refs: EntityRef) -> set[str]:
    found = [inventory.find_network(ref) or inventory.find_datastore(ref) or inventory.find_host(ref) for ref in refs]
    return {one.name for one in found if one is not None}


def test_host_storage_format_networks_and_data_centre_change_at_once(
    line: CommandLine, simulator: RunningSimulator
) -> None:
    config = configured(line, 'disk_format = "eagerZeroedThick"\n' + NETWORKS)
    done = line.run("evacuate", "--datastore", "lonely", "--yes", "-o", "json", *config, reads_vcenter=False)
    # ``db`` finds a datastore at a host of its own cluster; ``web`` needs both networks, which only the west has.
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    assert "Snapshots slow it down." in done.stdout, "what vCenter warned of before is written down with the outcome"
    assert "connected to 'production-west' (distributed)" in done.stdout
    with over_soap(simulator) as world:
        after = world.source.read()
    web, db = vm_named(after, "web"), vm_named(after, "db")
    assert names(after, web.host, *web.datastores) == {"esx-w", "far"}
    assert names(after, *web.networks) == {"production-west", "dmz-west"}
    assert {disk.provisioning for disk in web.disks} == {DiskProvisioning.EAGER_ZEROED}
    assert folder_of(simulator, after, "web") == "web"
    assert names(after, db.host, *db.datastores, *db.networks) <= {"esx-2", "shared", "esx-w", "far"} | {
        "production",
        "production-west",
    }
    assert "lonely" not in names(after, *db.datastores)
    operations = simulator.operations()
    assert operations.count("RelocateVM_Task") == operations.count("CheckRelocate_Task") == 2


def test_without_a_mapping_the_networks_that_lack_are_named_and_nothing_is_sent(
    line: CommandLine, simulator: RunningSimulator
) -> None:
    config = configured(line, "")
    done = line.run("evacuate", "--datastore", "lonely", "--yes", *config, reads_vcenter=False)
    assert done.returncode == 4, done.stderr[-2000:]
    assert "RelocateVM_Task" not in simulator.operations()
    told = line.run("recommend", "web", *config, reads_vcenter=False).stdout.replace("\n", " ")
    assert "2 of 2 networks are not reached" in " ".join(told.split())
