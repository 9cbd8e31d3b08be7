"""Datastore clusters: defaults, what people chose for single VMs, and rules that are switched on."""

from typing import Any

from pyVmomi import vim

from recommender.inventory.datastore_cluster import DatastoreCluster, DiskAntiAffinity
from recommender.inventory.reference import EntityRef
from recommender.vsphere.translation.datastore_cluster import translate_datastore_cluster
from tests.unit.vsphere.facts import make_facts, places

Drs = vim.storageDrs
VMS = [vim.VirtualMachine(f"vm-{number}") for number in (1, 2, 3)]
REFS = [EntityRef("vc", f"vm-{number}") for number in (1, 2, 3)]


def pod(**values: Any) -> DatastoreCluster:
    return translate_datastore_cluster(
        make_facts("StoragePod", "group-p1", name="gold", parent=vim.Folder("group-h1"), **values), places()
    )


def test_one_of_which_nothing_is_told_keeps_disks_together_as_vsphere_does() -> None:
    found = pod()
    assert (found.storage_drs_enabled, found.keeps_disks_together) == (False, True)


def test_settings_and_rules_are_read() -> None:
    apart = vim.cluster.AntiAffinityRuleSpec(key=1, name="apart", enabled=True, vm=VMS[:2])
    off = vim.cluster.AntiAffinityRuleSpec(key=2, name="off", enabled=False, vm=VMS)
    disks = Drs.VirtualDiskAntiAffinityRuleSpec(key=3, name="disks", enabled=True, diskId=[2001, 2000])
    configuration = Drs.PodConfigInfo(
        enabled=True,
        ioLoadBalanceEnabled=False,
        defaultVmBehavior="automated",
        defaultIntraVmAffinity=False,
        spaceLoadBalanceConfig=Drs.SpaceLoadBalanceConfig(spaceUtilizationThreshold=80),
        rule=[apart, off],
    )
    chosen = [
        Drs.VmConfigInfo(vm=VMS[0], intraVmAffinity=True),
        Drs.VmConfigInfo(vm=VMS[1], intraVmAffinity=False, intraVmAntiAffinity=disks),
        Drs.VmConfigInfo(vm=VMS[2], enabled=False),
    ]
    found = pod(
        podStorageDrsEntry=vim.StorageResourceManager.PodStorageDrsEntry(
            storageDrsConfig=Drs.ConfigInfo(podConfig=configuration, vmConfig=chosen)
        )
    )
    assert found == DatastoreCluster(
        ref=EntityRef("vc", "group-p1"),
        name="gold",
        datacenter="east/DC",
        storage_drs_enabled=True,
        is_automated=True,
        space_threshold_percent=80,
        keeps_disks_together=False,
        vms_together=(REFS[0],),
        vms_not_together=(REFS[1],),
        vms_left_alone=(REFS[2],),
        vm_anti_affinity=(tuple(REFS[:2]),),
        vm_anti_affinity_names=("apart",),
        disk_anti_affinity=(DiskAntiAffinity(vm=REFS[1], disks=(2000, 2001), name="disks"),),
    )
