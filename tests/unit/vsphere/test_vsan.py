"""How vSAN is, from hand-built answers: no real one was at hand."""

import json

import pytest
from pyVmomi import vim

from recommender.errors import InventoryUnavailable
from recommender.ports import VsanHealth
from recommender.vsphere.relocation.migrator import VCenterMigrator
from tests.inventories import ref
from tests.unit.vsphere import soap
from tests.unit.vsphere.datacenter import Datacenter
from tests.unit.vsphere.fake_vcenter import FakeVCenter, reply
from tests.unit.vsphere.test_migrator import datacenter, migrator

__all__ = ["datacenter", "migrator"]  # fixtures

HOSTS = (ref("host-1"), ref("host-2"))


@pytest.fixture(autouse=True)
def _vsan(datacenter: Datacenter) -> None:  # the fixture
    for host in ("host-1", "host-2"):
        datacenter.objects[host] |= {
            "configManager.vsanSystem": vim.host.VsanSystem(f"vsanSystem-{host}"),
            "configManager.vsanInternalSystem": vim.host.VsanInternalSystem(f"vsanInternal-{host}"),
        }


def status(health: str) -> str:
    told = vim.vsan.host.ClusterStatus(
        health=health,
        nodeState=vim.vsan.host.ClusterStatus.State(state="agent"),
        uuid="u",
        nodeUuid="n",
    )
    return soap.answer("QueryHostStatus", told)


def syncing(*objects: str) -> str:
    text = json.dumps({"dom_objects": {name: {"bytesToSync": 4096} for name in objects}})
    return soap.answer("QuerySyncingVsanObjects", text)


def test_all_is_well(vcenter: FakeVCenter, migrator: VCenterMigrator) -> None:  # the fixture
    vcenter.on("QueryHostStatus", reply(status("healthy")))
    vcenter.on("QuerySyncingVsanObjects", reply(syncing()))
    assert migrator.vsan_health(HOSTS) == VsanHealth()
    assert migrator.vsan_health(()) == VsanHealth()


def test_objects_that_are_rebuilt_and_hosts_that_are_not_well_are_trouble(
    vcenter: FakeVCenter,
    migrator: VCenterMigrator,  # the fixture
) -> None:
    vcenter.on("QueryHostStatus", reply(status("healthy")), reply(status("unhealthy")))
    vcenter.on("QuerySyncingVsanObjects", reply(syncing("one", "two")))
    health = migrator.vsan_health(HOSTS)
    assert (health.resyncing_objects, health.unhealthy_hosts) == (2, (ref("host-2"),))


@pytest.mark.parametrize("answer", ["", "{}", "[1]", "no json"])
def test_what_is_not_understood_is_not_taken_for_well(
    vcenter: FakeVCenter,
    migrator: VCenterMigrator,  # the fixture
    answer: str,
) -> None:
    vcenter.on("QueryHostStatus", reply(status("healthy")))
    vcenter.on("QuerySyncingVsanObjects", reply(soap.answer("QuerySyncingVsanObjects", answer)))
    with pytest.raises(InventoryUnavailable, match="not understood"):
        migrator.vsan_health(HOSTS)


def test_hosts_that_do_not_tell_are_not_taken_for_well(
    vcenter: FakeVCenter,
    datacenter: Datacenter,  # the fixture
    migrator: VCenterMigrator,  # the fixture
) -> None:
    del vcenter
    for host in ("host-1", "host-2"):
        datacenter.objects[host].pop("configManager.vsanSystem")
    with pytest.raises(InventoryUnavailable, match="no host of 2 tells"):
        migrator.vsan_health(HOSTS)
