"""A host's facts become ours, and what vCenter does not tell stays unknown."""

from typing import Any

import pytest
from pyVmomi import vim

from recommender.errors import InventoryIncomplete
from recommender.inventory.cpu_features import FeatureCapability
from recommender.inventory.gpu import Gpu
from recommender.inventory.host import Alarm, ConnectionState, CryptoState, Host, NumaNode, VMotionAdapter
from recommender.inventory.load import HostLoad
from recommender.inventory.reference import EntityRef
from recommender.vsphere.facts import Facts
from recommender.vsphere.translation.hardware import alarms_of
from recommender.vsphere.translation.host import translate_host
from recommender.vsphere.translation.storage import HostMounts, mounts_by_host
from tests.unit.vsphere.facts import (
    ABSENT,
    GIB,
    host_facts,
    make_facts,
    net_config,
    physical_nic,
    places,
    port_group,
    virtual_switch,
    vmkernel,
)

CLUSTER = EntityRef("vc", "domain-c1")
GROUP = "vMotion"
BOTH = ("vmnic2", "vmnic3")
HOST = vim.HostSystem("host-1")
DATASTORES = (EntityRef("vc", "datastore-1"), EntityRef("vc", "datastore-2"))


def translated(facts: Facts, unusable: tuple[EntityRef, ...] = ()) -> Host:
    def site_of(*, host: str, cluster: str | None, datacenter: str) -> str:
        return f"{host}|{cluster}|{datacenter}"

    return translate_host(
        facts,
        places=places(),
        clusters={CLUSTER: "blue"},
        mounts=HostMounts(unusable=frozenset(unusable)),
        site_of=site_of,
    )


def test_a_healthy_host_is_translated_whole() -> None:
    assert translated(host_facts()) == Host(
        ref=EntityRef("vc", "host-1"),
        name="esx-1.test",
        datacenter="east/DC",
        cluster=CLUSTER,
        site="esx-1.test|blue|east/DC",
        cpu_mhz=40_000,  # 16 cores of 2,500 MHz
        cores=16,
        memory_mib=65_536,
        feature_capabilities=(FeatureCapability("cpuid.aes", "1"),),
        max_evc_mode="intel-skylake",
        vmotion_adapters=(VMotionAdapter(device="vmk1", link_mbit_s=10_000, network=GROUP, nics=BOTH),),
        provisioning_adapters=(),
        datastores=DATASTORES,
        networks=(EntityRef("vc", "network-1"),),
        load=HostLoad(cpu_used_mhz=1234, memory_used_mib=4321),
    )


def test_a_standalone_host_is_in_no_cluster() -> None:
    host = translated(host_facts(parent=vim.ComputeResource("domain-s1")))
    assert (host.cluster, host.site) == (None, "esx-1.test|None|east/DC")


def test_a_datastore_that_the_host_cannot_write_is_not_reached() -> None:
    assert translated(host_facts(), unusable=DATASTORES[:1]).datastores == DATASTORES[1:]


@pytest.mark.parametrize(
    ("changes", "is_available"),
    [
        ({}, True),
        ({"runtime__inMaintenanceMode": True}, False),
        ({"runtime__inQuarantineMode": True}, False),
        ({"runtime__powerState": "standBy"}, False),
        ({"runtime__connectionState": "disconnected"}, False),
        ({"runtime__connectionState": "notResponding", "runtime__powerState": "unknown"}, False),
    ],
)
def test_only_a_healthy_host_is_available(changes: dict[str, Any], *, is_available: bool) -> None:
    assert translated(host_facts(**changes)).is_available is is_available


def test_the_load_of_a_host_that_does_not_answer_is_unknown_not_what_was_last_heard() -> None:
    host = translated(host_facts(runtime__connectionState="notResponding"))
    assert (host.connection_state, host.load) == (ConnectionState.NOT_RESPONDING, HostLoad())


def test_what_is_not_told_is_unknown_and_not_nothing() -> None:
    host = translated(
        host_facts(
            config__featureCapability=ABSENT,
            config__virtualNicManagerInfo__netConfig=ABSENT,
            summary__maxEVCModeKey=ABSENT,
            summary__quickStats__overallCpuUsage=ABSENT,
        )
    )
    assert host.feature_capabilities is None
    assert host.vmotion_adapters is None
    assert host.max_evc_mode is None
    assert host.load.cpu_used_mhz is None


@pytest.mark.parametrize(
    "path",
    [
        "name",
        "parent",
        "runtime.connectionState",
        "runtime.inMaintenanceMode",
        "summary.hardware.cpuMhz",
        "summary.hardware.numCpuCores",
        "summary.hardware.memorySize",
    ],
)
def test_a_fact_that_may_not_be_missing_is_named(path: str) -> None:
    with pytest.raises(InventoryIncomplete, match=rf"did not tell {path} of HostSystem.*host-1"):
        translated(host_facts(**{path.replace(".", "__"): ABSENT}))


def test_a_host_whose_way_up_to_its_data_centre_cannot_be_read_is_incomplete() -> None:
    with pytest.raises(InventoryIncomplete, match="up to its data centre"):
        translated(host_facts(parent=vim.ClusterComputeResource("domain-c404")))


@pytest.mark.parametrize(
    ("changes", "adapters"),
    [
        ({"config__virtualNicManagerInfo__netConfig": [net_config("management", [], [])]}, ()),
        ({"config__virtualNicManagerInfo__netConfig": [net_config("vmotion", [vmkernel("vmk1", "vMotion")], [])]}, ()),
        (
            {"config__virtualNicManagerInfo__netConfig": ABSENT, "summary__config__vmotionEnabled": False},
            (),
        ),
        (
            {"config__network__pnic": [physical_nic("vmnic2", 10_000), physical_nic("vmnic3", 1_000)]},
            (
                VMotionAdapter(device="vmk1", link_mbit_s=1_000, network=GROUP, nics=BOTH),
            ),  # the switch may choose the slower one
        ),
        (
            {"config__network__pnic": [physical_nic("vmnic2", 10_000), physical_nic("vmnic3", None)]},
            (VMotionAdapter(device="vmk1", link_mbit_s=10_000, network=GROUP, nics=BOTH),),  # the other one has no link
        ),
        (
            {"config__network__pnic": [physical_nic("vmnic0", 10_000)]},
            (VMotionAdapter(device="vmk1", network=GROUP),),
        ),
        ({"config__network__portgroup": ABSENT}, (VMotionAdapter(device="vmk1", network=GROUP),)),
        (
            {
                "config__virtualNicManagerInfo__netConfig": [
                    net_config(
                        "vmotion", [vmkernel("vmk2", dvs="50 1f"), vmkernel("vmk1", "vMotion")], ["vmk1", "vmk2"]
                    )
                ],
                "config__network__proxySwitch": [
                    vim.host.HostProxySwitch(dvsUuid="50 1f", dvsName="dvs", key="k", pnic=["key-vmnic5"])
                ],
                "config__network__pnic": [physical_nic("vmnic2", 10_000), physical_nic("vmnic5", 25_000)],
            },
            (
                VMotionAdapter(device="vmk1", link_mbit_s=10_000, network=GROUP, nics=("vmnic2",)),
                VMotionAdapter(device="vmk2", link_mbit_s=25_000, nics=("vmnic5",)),
            ),
        ),
    ],
    ids=["none", "unselected", "told-off", "slowest", "no-link", "other-nic", "no-port-groups", "distributed"],
)
def test_vmotion_adapters_have_the_speed_of_the_nics_behind_them(
    changes: dict[str, Any], adapters: tuple[VMotionAdapter, ...]
) -> None:
    assert translated(host_facts(**changes)).vmotion_adapters == adapters


def test_an_adapter_on_a_switch_that_is_not_told_has_no_known_speed() -> None:
    facts = host_facts(
        config__network__portgroup=[port_group("vMotion", "vSwitch9")],
        config__network__vswitch=[virtual_switch("vSwitch1", ["vmnic2"])],
    )
    assert translated(facts).vmotion_adapters == (VMotionAdapter(device="vmk1", network=GROUP),)


def test_release_keys_and_luns_are_told_or_unknown() -> None:
    host = translated(host_facts())
    assert (host.esxi_version, host.crypto_state, host.raw_luns) == (None, None, None)
    host = translated(host_facts(summary__config__product__version="8.0.2", runtime__cryptoState="safe"))
    assert (host.esxi_version, host.crypto_state) == ("8.0.2", CryptoState.SAFE)
    assert translated(host_facts(runtime__cryptoState="made after us")).crypto_state is None


def test_hardware_beyond_capacity_is_told() -> None:
    numa = vim.host.NumaInfo(
        type="NUMA",
        numNodes=2,
        numaNode=[
            vim.host.NumaNode(typeId=number, cpuID=list(range(16)), memorySize=32 * GIB, memoryRangeLength=0)
            for number in (1, 0)
        ],
    )
    gpu = vim.host.GraphicsInfo(
        deviceName="NVIDIA A100",
        vendorName="NVIDIA",
        pciId="0000:3b:00.0",
        graphicsType="sharedDirect",
        memorySizeInKB=40 << 20,
        vm=[vim.VirtualMachine("vm-9")],
    )
    host = translated(
        host_facts(
            summary__hardware__numCpuPkgs=2,
            summary__hardware__numCpuThreads=32,
            hardware__numaInfo=numa,
            config__graphicsInfo=[gpu],
            config__sharedPassthruGpuTypes=["grid_a100-20c", "grid_a100-10c"],
        )
    )
    assert host.sockets == 2
    assert host.numa_nodes == (
        NumaNode(number=0, cores=8, memory_mib=32_768),
        NumaNode(number=1, cores=8, memory_mib=32_768),
    )
    assert host.gpus == (
        Gpu(
            pci_id="0000:3b:00.0",
            name="NVIDIA A100",
            memory_mib=40_960,
            is_shared=True,
            vms=(EntityRef("vc", "vm-9"),),
        ),
    )
    assert host.vgpu_profiles == ("grid_a100-10c", "grid_a100-20c")


def test_alarms_are_those_of_the_host_itself_that_have_gone_off() -> None:
    host, vm, alarm = vim.HostSystem("host-1"), vim.VirtualMachine("vm-1"), vim.alarm.Alarm("alarm-1")
    states = [
        vim.alarm.AlarmState(entity=entity, alarm=alarm, overallStatus=status, acknowledged=False)
        for entity, status in ((host, "red"), (vm, "red"), (host, "green"))
    ]
    facts = host_facts(triggeredAlarmState=states)
    assert translated(facts).alarms == (Alarm(name="alarm-1", status="red"),)
    assert alarms_of(facts, {"alarm-1": "Host memory"}) == (Alarm(name="Host memory", status="red"),)


def test_a_datastore_that_can_only_be_read_is_told_apart() -> None:
    mount = vim.host.MountInfo(accessMode="readOnly", mounted=True, accessible=True)
    store = make_facts("Datastore", "datastore-1", host=[vim.Datastore.HostMount(key=HOST, mountInfo=mount)])
    gone = vim.host.MountInfo(accessMode="readWrite", mounted=True, accessible=False)
    other = make_facts("Datastore", "datastore-2", host=[vim.Datastore.HostMount(key=HOST, mountInfo=gone)])
    assert mounts_by_host([store, other]) == {
        EntityRef("vc", "host-1"): HostMounts(unusable=frozenset(DATASTORES), read_only=frozenset(DATASTORES[:1]))
    }
