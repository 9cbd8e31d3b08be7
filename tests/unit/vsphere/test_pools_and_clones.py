"""Which pool a VM comes into in another cluster, and how a linked clone's disks are asked for, in the SOAP body."""

import re
from typing import Any

import pytest
from pyVmomi import vim

from recommender.placement.result import DiskMove
from recommender.relocation_policy import DiskMoveType, RelocationPolicy
from recommender.vsphere.relocation.migrator import VCenterMigrator
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.datacenter import Datacenter
from tests.unit.vsphere.facts import make_disk
from tests.unit.vsphere.fake_vcenter import FakeVCenter, reply
from tests.unit.vsphere.moves import make_move, ref


@pytest.fixture
def datacenter(vcenter: FakeVCenter) -> Datacenter:
    datacenter = Datacenter()
    vcenter.on("RetrievePropertiesEx", datacenter)
    vcenter.on("RelocateVM_Task", reply(soap.answer("RelocateVM_Task", vim.Task("task-7"))))
    return datacenter


def sent(vcenter: FakeVCenter) -> str:
    (body,) = vcenter.bodies("RelocateVM_Task")
    return body


def with_pools(datacenter: Datacenter, **below_root: list[str]) -> None:
    """vm-1 is in gold/web; ``below_root``: what the pools of the other cluster hold, by address (resgroup-2: root)."""
    datacenter.objects |= {
        "resgroup-1": {"name": "Resources", "parent": vim.ClusterComputeResource("domain-c1")},
        "resgroup-8": {"name": "gold", "parent": vim.ResourcePool("resgroup-1")},
        "resgroup-9": {"name": "web", "parent": vim.ResourcePool("resgroup-8")},
        "resgroup-2": {"name": "Resources"},
        "resgroup-v3": {"name": "gold"},
        "resgroup-4": {"name": "gold"},
        "resgroup-5": {"name": "web"},
    }
    for moid, children in below_root.items():
        datacenter.objects[moid.replace("_", "-")]["resourcePool"] = children


@pytest.mark.parametrize(
    ("pools", "pool", "is_told"),
    [
        ({"resgroup_2": ["resgroup-v3", "resgroup-4"], "resgroup_4": ["resgroup-5"]}, "resgroup-5", False),
        ({"resgroup_2": ["resgroup-4"]}, "resgroup-2", True),  # half of the path is not the path
        ({"resgroup_2": ["resgroup-v3"], "resgroup_v3": ["resgroup-5"]}, "resgroup-2", True),  # a vApp is no pool
        ({}, "resgroup-2", True),
    ],
)
def test_in_another_cluster_it_comes_into_the_pool_of_the_same_path_or_the_root(
    vcenter: FakeVCenter,
    datacenter: Datacenter,
    open_session: OpenSession,
    pools: dict[str, list[str]],
    pool: str,
    is_told: bool,
) -> None:
    with_pools(datacenter, **pools)
    migrator = VCenterMigrator([open_session(vcenter.address())])
    told = "its cluster there has no resource pool 'gold/web': the VM comes into the root pool"
    assert (told in migrator.check(make_move(to="host-3")).warnings) == is_told
    migrator.relocate(make_move(to="host-3"), "op")
    assert f">{pool}</pool>" in sent(vcenter)


@pytest.mark.parametrize("configured", [None, *DiskMoveType])
def test_only_disks_of_linked_clones_are_told_how_they_are_copied(
    vcenter: FakeVCenter, datacenter: Datacenter, open_session: OpenSession, configured: DiskMoveType | None
) -> None:
    linked: Any = make_disk(2001, "ds-1")
    linked.backing.fileName = "[ds-1] web/web.vmdk"
    parent = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName="[ds-1] golden/golden.vmdk", diskMode="persistent")
    linked.backing.parent = parent
    devices = soap.array_of(vim.vm.device.VirtualDevice, make_disk(2000, "ds-1"), linked)
    datacenter.objects["vm-1"]["config.hardware.device"] = devices
    disk_moves = tuple(DiskMove(disk_key=key, source=ref("ds-1"), destination=ref("ds-2")) for key in (2000, 2001))
    policy = RelocationPolicy(disk_move_type=configured)
    migrator = VCenterMigrator([open_session(vcenter.address())], policy=policy)
    migrator.relocate(make_move(to="host-2", disk_moves=disk_moves), "op")
    plain, clone = re.findall(r"<disk\b.*?</disk>", sent(vcenter), re.DOTALL)
    assert "diskMoveType" not in plain
    assert ("diskMoveType" in clone) == (configured is not None)
    if configured is not None:
        assert f">{configured.value}</diskMoveType>" in clone
