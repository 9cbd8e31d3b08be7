"""What a disk is: how it takes its space, whose it is, and what snapshots take beside it."""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.vm_settings import DiskProvisioning
from recommender.vsphere.translation.disks import disks_of, snapshots_of
from tests.unit.vsphere.facts import GIB, file, vm_facts

VirtualDisk = vim.vm.device.VirtualDisk
HOME = "[ds] web/web.vmx"


def flat(name: str = "[ds] web/web.vmdk", **changes: Any) -> Any:
    return VirtualDisk.FlatVer2BackingInfo(
        fileName=name, diskMode="persistent", datastore=vim.Datastore("datastore-1"), **changes
    )


def the_disk(backing: Any, **changes: Any) -> Any:
    device = VirtualDisk(key=2000, backing=backing, capacityInKB=20 << 20, **changes)
    (disk,) = disks_of(vm_facts(config__hardware__device=[device], config__files__vmPathName=HOME))
    return disk


@pytest.mark.parametrize(
    ("told", "provisioning"),
    [
        ({"thinProvisioned": True}, DiskProvisioning.THIN),
        ({"thinProvisioned": False}, DiskProvisioning.LAZY_ZEROED),
        ({"thinProvisioned": False, "eagerlyScrub": True}, DiskProvisioning.EAGER_ZEROED),
        ({}, None),
    ],
)
def test_how_it_takes_its_space_is_told_or_unknown(told: dict[str, Any], provisioning: Any) -> None:
    assert the_disk(flat(**told)).provisioning is provisioning


def test_a_snapshot_of_its_own_is_no_linked_clone_and_another_vms_disk_is() -> None:
    own = flat("[ds] web/web-000001.vmdk", parent=flat("[ds] web/web.vmdk"))
    elsewhere = flat("[other] web_1/web-000001.vmdk", parent=flat("[other] web_1/web.vmdk"))
    clone = flat("[ds] web/web.vmdk", parent=flat("[ds] template/template.vmdk"))
    deep = flat("[ds] web/web-000001.vmdk", parent=clone)
    assert [the_disk(backing).is_linked for backing in (own, elsewhere, clone, deep)] == [False, False, True, True]


def test_shared_first_class_and_raw_disks_are_told_apart() -> None:
    shared, plain = the_disk(flat(sharing="sharingMultiWriter")), the_disk(flat(sharing="sharingNone"))
    assert (shared.is_shared, plain.is_shared) == (True, False)
    identity = vim.vslm.ID(id="fcd-1")
    volume = the_disk(flat(), vDiskId=identity)
    assert (volume.is_first_class, plain.is_first_class) == (True, False)
    mapped = VirtualDisk.RawDiskMappingVer1BackingInfo(
        fileName="[ds] web/lun.vmdk", datastore=vim.Datastore("datastore-1"), lunUuid="02a", diskMode="persistent"
    )
    assert (the_disk(mapped).is_raw, plain.is_raw) == (True, False)


def test_snapshots_take_their_memory_and_configuration() -> None:
    layout = vim.vm.FileLayoutEx.SnapshotLayout
    snapshots = [
        layout(key=vim.vm.Snapshot(f"snapshot-{number}"), dataKey=data, memoryKey=memory, disk=[])  # type: ignore[no-untyped-call]  # bare
        for number, data, memory in ((1, 1, 2), (2, 3, -1))
    ]
    files = [file(1, 512), file(2, 4 * GIB), file(3, 512), file(4, 9 * GIB)]
    assert snapshots_of(vm_facts(layoutEx__snapshot=snapshots, layoutEx__file=files)) == (2, 4097)
    assert snapshots_of(vm_facts()) == (0, 0)
