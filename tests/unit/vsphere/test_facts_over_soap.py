"""What decides where a VM may go, from vCenter's answer over SOAP to the inventory, by the reader that reads really.

The vCenter simulator has no encrypted VM, no first-class disk, no GPU and no NSX: the answers are built by hand and
written by pyVmomi's own serialiser.
"""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.host import Alarm, CryptoState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.network import NetworkKind
from recommender.inventory.pin import Pin
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.inventory.vm_settings import DiskProvisioning, FaultToleranceRole, LatencySensitivity
from recommender.vsphere.sources.reading import VCenterInventorySource
from tests.inventories import ref
from tests.unit.vsphere.bound_world import HOSTILE, bound_world, cluster
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.fake_vcenter import FakeVCenter
from tests.unit.vsphere.served import serve
from tests.unit.vsphere.test_translation_properties import one_site


def read(vcenter: FakeVCenter, open_session: OpenSession, of_cluster: Any = None) -> Inventory:
    serve(vcenter, bound_world(of_cluster))
    return VCenterInventorySource([open_session(vcenter.address())], site_of=one_site).read()


@pytest.fixture
def inventory(vcenter: FakeVCenter, open_session: OpenSession) -> Inventory:
    return read(vcenter, open_session)


@pytest.fixture
def vm(inventory: Inventory) -> VirtualMachine:
    return inventory.vm(ref("vm-1"))


def test_what_ties_a_vm_to_its_host_is_read(vm: VirtualMachine) -> None:
    assert set(vm.pins or ()) == {
        Pin.VGPU, Pin.SRIOV_DEVICE, Pin.HOST_DEVICE, Pin.SHARED_SCSI_BUS, Pin.CPU_AFFINITY, Pin.FAULT_TOLERANCE,
    }  # fmt: skip
    assert vm.fault_tolerance is FaultToleranceRole.SECONDARY
    assert vm.vgpu_profiles == ("grid_t4-4q",)
    assert vm.raw_luns == ("02000000006001",)
    assert vm.media_datastores == (ref("datastore-8"), ref("datastore-9"))
    assert vm.key_provider == "kms-1"


def test_what_forbids_to_move_it_now_or_ever_is_read(vm: VirtualMachine) -> None:
    assert (vm.kind, vm.managed_by) == (VmKind.AGENT, "com.vmware.vcDr")
    assert (vm.relocate_disabled, vm.consolidation_needed) == (True, True)
    assert (vm.snapshots, vm.snapshot_mib) == (1, 8193)
    assert (vm.vapp, vm.is_ha_protected) == (ref("resgroup-v9"), True)
    assert (vm.is_latency_sensitive, vm.latency_sensitivity) == (True, LatencySensitivity.HIGH)


def test_its_disks_are_read_with_what_forbids_to_copy_them(vm: VirtualMachine) -> None:
    told = {
        disk.key: (disk.provisioning, disk.is_shared, disk.is_raw, disk.is_first_class, disk.is_linked)
        for disk in vm.disks
    }
    assert told == {
        2000: (DiskProvisioning.THIN, False, False, False, False),
        2001: (DiskProvisioning.EAGER_ZEROED, True, False, False, False),
        2002: (None, False, True, False, False),
        2003: (None, False, False, True, False),
        2004: (None, False, False, False, True),
        2005: (None, False, False, False, False),
    }


def test_sizes_and_limits_are_read_and_a_name_is_what_people_wrote(vm: VirtualMachine) -> None:
    assert vm.name == HOSTILE.replace("%2f", "/")
    assert (vm.vcpus, vm.memory_mib, vm.hardware_version) == (4, 8192, 19)
    assert (vm.cpu_limit_mhz, vm.memory_limit_mib, vm.cpu_shares, vm.memory_shares) == (None, 4096, 4000, None)
    assert (vm.video_memory_mib, vm.tools, vm.guest_id) == (16, "guestToolsRunning", "windows2019srv_64Guest")
    assert (vm.bios_uuid, vm.instance_uuid) == ("bios-1", "uuid-1")


def test_a_host_is_read_with_its_keys_gpus_alarms_and_mounts(inventory: Inventory) -> None:
    found: Host = inventory.host(ref("host-1"))
    assert (found.datacenter, found.cluster, found.sockets, found.threads) == ("east/DC", ref("domain-c1"), 2, 32)
    assert (found.crypto_state, found.esxi_version, found.overall_status) == (CryptoState.SAFE, "8.0.3", "yellow")
    assert found.datastores == (ref("datastore-1"),)
    assert found.read_only_datastores == (ref("datastore-9"),)
    assert [gpu.name for gpu in found.gpus or ()] == ["T4"]
    assert found.alarms == (Alarm(name="alarm-7", status="red"),)
    assert found.vmotion_adapters is not None
    assert [adapter.link_mbit_s for adapter in found.vmotion_adapters] == [10_000]


def test_a_cluster_is_read_with_what_ha_keeps_and_how_drs_acts(inventory: Inventory) -> None:
    (found,) = inventory.clusters
    assert (found.drs_enabled, found.drs_automation, found.drs_migration_threshold) == (True, "partiallyAutomated", 1)
    assert found.admission_control == AdmissionControl(
        policy=AdmissionPolicy.RESOURCE_PERCENTAGE, cpu_percent=25, memory_percent=33
    )
    assert (found.evc_mode, found.vsan_enabled, found.root_resource_pool) == ("intel-haswell", True, ref("resgroup-1"))


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (
            vim.cluster.FailoverLevelAdmissionControlPolicy(
                failoverLevel=2, slotPolicy=vim.cluster.FixedSizeSlotPolicy(cpu=500, memory=1024)
            ),
            AdmissionControl(policy=AdmissionPolicy.SLOTS, host_failures=2, slot_cpu_mhz=500, slot_memory_mib=1024),
        ),
        (
            vim.cluster.FailoverHostAdmissionControlPolicy(failoverHosts=[vim.HostSystem("host-1")]),
            AdmissionControl(policy=AdmissionPolicy.DEDICATED_HOSTS, failover_hosts=(ref("host-1"),)),
        ),
    ],
)
def test_each_policy_of_ha_is_read(vcenter: FakeVCenter, open_session: OpenSession, policy: Any, told: Any) -> None:
    inventory = read(vcenter, open_session, cluster(admissionControlPolicy=policy))
    assert inventory.clusters[0].admission_control == told


def test_networks_are_read_with_who_switches_them_and_whether_switches_are_notified(inventory: Inventory) -> None:
    told = {one.name: (one.kind, one.switch_uuid, one.vlan, one.notifies_switches) for one in inventory.networks}
    assert told["production"] == (NetworkKind.DISTRIBUTED, "50 1f", "42", False)
    assert told["segment"] == (NetworkKind.OPAQUE, "nsx-7", None, None)
    assert told["dmz"][0] is NetworkKind.STANDARD
