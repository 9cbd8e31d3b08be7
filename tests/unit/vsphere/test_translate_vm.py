"""A VM's facts become ours: what it is, what a copy of it weighs, and what is not known of it."""

from dataclasses import replace
from typing import Any

import pytest
from pyVmomi import vim
from pyVmomi.VmomiSupport import UnknownManagedMethod

from recommender.errors import InventoryIncomplete
from recommender.inventory.cpu_features import FeatureRequirement
from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine, VmKind
from recommender.vsphere.translation.vm import translate_vm
from tests.unit.vsphere.facts import ABSENT, GIB, file, layout, make_disk, vm_facts

DATASTORE = EntityRef("vc", "datastore-1")
EAM = "com.vmware.vim.eam"


def test_a_healthy_vm_is_translated_whole() -> None:
    assert translate_vm(vm_facts()) == VirtualMachine(
        ref=EntityRef("vc", "vm-1"),
        name="web-01",
        instance_uuid="uuid-1",
        host=EntityRef("vc", "host-1"),
        power_state=PowerState.POWERED_ON,
        vcpus=4,
        memory_mib=8192,
        cpu_reservation_mhz=500,
        memory_reservation_mib=1024,
        feature_requirements=(FeatureRequirement("cpuid.aes", "Bool:Min:1"),),
        min_required_evc_mode="intel-haswell",
        # Files 1 and 2 of 512 bytes and 10 GiB, rounded up to whole MiB; file 3 is not the disk's.
        disks=(Disk(key=2000, datastore=DATASTORE, size_mib=10_241, capacity_mib=40_960, mode="persistent"),),
        datastores=(DATASTORE,),
        home_datastore=DATASTORE,
        networks=(EntityRef("vc", "network-1"),),
        resource_pool=EntityRef("vc", "resgroup-1"),
        load=VmLoad(cpu_demand_mhz=700, memory_active_mib=2000, memory_consumed_mib=8000),
    )


@pytest.mark.parametrize(
    ("changes", "sizes_mib"),
    [
        ({"layoutEx__disk": ABSENT, "layoutEx__file": ABSENT}, [40_960]),
        ({"layoutEx__file": [file(1, 512), file(2, 0)]}, [40_960]),  # a file of no size is no measurement
        ({"layoutEx__file": [file(1, 512)]}, [40_960]),
        ({"layoutEx__disk": [layout(2001, [1])]}, [40_960]),
        ({"config__hardware__device": ABSENT}, []),
        (
            {"config__hardware__device": [make_disk(2001, "datastore-1", gib=1), make_disk(2000, "datastore-1")]},
            [10_241, 1024],
        ),
    ],
    ids=["no-layout", "empty-file", "unknown-file", "other-disk", "no-devices", "two-disks"],
)
def test_a_disk_weighs_what_it_takes_or_else_its_capacity(changes: dict[str, Any], sizes_mib: list[int]) -> None:
    assert [disk.size_mib for disk in translate_vm(vm_facts(**changes)).disks] == sizes_mib


def test_snapshots_count_with_their_disk() -> None:
    chain = [vim.vm.FileLayoutEx.DiskUnit(fileKey=[1, 2]), vim.vm.FileLayoutEx.DiskUnit(fileKey=[4])]
    facts = vm_facts(
        layoutEx__disk=[vim.vm.FileLayoutEx.DiskLayout(key=2000, chain=chain)],
        layoutEx__file=[file(1, GIB), file(2, 2 * GIB), file(4, GIB)],
    )
    assert translate_vm(facts).disk_mib == 4096


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, VmKind.ORDINARY),
        ({"config__template": True, "resourcePool": ABSENT}, VmKind.TEMPLATE),
        ({"name": "vCLS-4c4c4544-0038"}, VmKind.VCLS),
        ({"config__managedBy": vim.ext.ManagedByInfo(extensionKey=EAM, type="cluster-agent")}, VmKind.VCLS),
        ({"config__managedBy": vim.ext.ManagedByInfo(extensionKey=EAM, type="agent")}, VmKind.AGENT),
        (
            {"config__managedBy": vim.ext.ManagedByInfo(extensionKey="com.vmware.vcDr", type="placeholderVm")},
            VmKind.AGENT,
        ),
        ({"config__managedBy": vim.ext.ManagedByInfo(extensionKey="", type="")}, VmKind.ORDINARY),
    ],
)
def test_vms_that_belong_to_vcenter_or_an_extension_are_recognised(changes: dict[str, Any], kind: VmKind) -> None:
    assert translate_vm(vm_facts(**changes)).kind is kind


@pytest.mark.parametrize(
    ("methods", "is_disabled"),
    [
        ([vim.VirtualMachine.PowerOn], False),
        ([vim.VirtualMachine.Relocate], True),
        (["RelocateVM_Task"], True),
        ([UnknownManagedMethod("NewMethod_Task"), UnknownManagedMethod("RelocateVM_Task")], True),
        (ABSENT, False),
    ],
    ids=["other", "known", "text", "unknown", "absent"],
)
def test_a_backup_that_forbids_to_relocate_is_seen(methods: Any, *, is_disabled: bool) -> None:
    assert translate_vm(vm_facts(disabledMethod=methods)).relocate_disabled is is_disabled


@pytest.mark.parametrize(
    "changes",
    [
        {"runtime__connectionState": "disconnected"},
        {"runtime__powerState": "poweredOff"},
        {
            "summary__quickStats__overallCpuUsage": 0,
            "summary__quickStats__guestMemoryUsage": 0,
            "summary__quickStats__hostMemoryUsage": 0,
        },
    ],
    ids=["host-silent", "off", "just-started"],
)
def test_load_that_was_not_measured_is_unknown(changes: dict[str, Any]) -> None:
    assert translate_vm(vm_facts(**changes)).load == VmLoad()


def test_an_idle_vm_uses_no_cpu_and_that_is_known() -> None:
    load = translate_vm(vm_facts(summary__quickStats__overallCpuUsage=0)).load
    assert load == VmLoad(cpu_demand_mhz=0, memory_active_mib=2000, memory_consumed_mib=8000)


@pytest.mark.parametrize(
    ("power_state", "requirements"), [("poweredOn", None), ("suspended", None), ("poweredOff", ())]
)
def test_cpu_needs_that_are_not_told_are_unknown_unless_the_vm_is_off(power_state: str, requirements: Any) -> None:
    vm = translate_vm(vm_facts(runtime__powerState=power_state, runtime__featureRequirement=ABSENT))
    assert vm.feature_requirements == requirements


@pytest.mark.parametrize(
    "path",
    [
        "name",
        "config.instanceUuid",
        "config.hardware.numCPU",
        "config.hardware.memoryMB",
        "runtime.host",
        "runtime.powerState",
    ],
)
def test_a_fact_that_may_not_be_missing_is_named(path: str) -> None:
    with pytest.raises(InventoryIncomplete, match=rf"vCenter vc did not tell {path} of VirtualMachine.*vm-1"):
        translate_vm(vm_facts(**{path.replace(".", "__"): ABSENT}))


def test_a_disk_whose_datastore_is_not_told_is_named() -> None:
    with pytest.raises(InventoryIncomplete, match=r"device\[2000\]\.backing\.datastore"):
        translate_vm(vm_facts(config__hardware__device=[make_disk(2000, None)]))


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("a%2fb", "a/b"),
        ("100%25", "100%"),
        ("%255c", "%5c"),
        ("back%5Cslash", "back\\slash"),
        ("caf%C3%A9", "caf%C3%A9"),  # vCenter writes only /, \ and % so
        ("[bold]\x1b[31m", "[bold]\x1b[31m"),  # data; whoever prints it makes it harmless
    ],
)
def test_names_are_read_as_people_see_them(told: str, name: str) -> None:
    assert translate_vm(vm_facts(name=told)).name == name


def test_reservations_that_are_not_told_are_none() -> None:
    vm = translate_vm(vm_facts(config__cpuAllocation__reservation=ABSENT, config__memoryAllocation__reservation=ABSENT))
    assert vm == replace(translate_vm(vm_facts()), cpu_reservation_mhz=0, memory_reservation_mib=0)
