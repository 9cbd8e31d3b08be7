"""Small inventories for tests, in one line a host or VM; every argument that matters to a test is spelled there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from recommender.inventory.cpu_features import FeatureCapability, FeatureRequirement
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import HostLoad, VmLoad
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine

VCENTER = "vc"
TAKEN_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def ref(moid: str) -> EntityRef:
    return EntityRef(VCENTER, moid)


def make_host(
    name: str, /, *, features: Sequence[str] = (), datastores: Sequence[str] = ("ds",), **changes: Any
) -> Host:
    """A 20 GHz, 100 GiB host with a 10 GbE vMotion adapter that mounts ``ds`` and reaches ``net``."""
    values: dict[str, Any] = {
        "ref": ref(name),
        "name": name,
        "datacenter": "dc",
        "cpu_mhz": 20_000,
        "cores": 8,
        "memory_mib": 102_400,
        "feature_capabilities": tuple(FeatureCapability(key, "1") for key in features),
        "vmotion_adapters": (VMotionAdapter(device="vmk1", link_mbit_s=10_000),),
        "datastores": tuple(ref(datastore) for datastore in datastores),
        "networks": (ref("net"),),
        "load": HostLoad(cpu_used_mhz=0, memory_used_mib=0),
    }
    return Host(**(values | changes))


def make_vm(
    name: str,
    on: str,
    /,
    *,
    cpu: int | None = 1000,
    memory: int = 4096,
    features: Sequence[str] | None = (),
    datastore: str = "ds",
    **changes: Any,
) -> VirtualMachine:
    """A running VM of 2 vCPUs with one 20 GiB disk; ``cpu`` is its demand in MHz, ``memory`` its size in MiB."""
    required = None if features is None else tuple(FeatureRequirement(key, "Bool:Min:1") for key in features)
    values: dict[str, Any] = {
        "ref": ref(name),
        "name": name,
        "instance_uuid": f"uuid-{name}",
        "host": ref(on),
        "power_state": PowerState.POWERED_ON,
        "vcpus": 2,
        "memory_mib": memory,
        "feature_requirements": required,
        "disks": (Disk(key=2000, datastore=ref(datastore), size_mib=20_480),),
        "datastores": (ref(datastore),),
        "networks": (ref("net"),),
        "load": VmLoad(cpu_demand_mhz=cpu, memory_active_mib=memory // 4, memory_consumed_mib=memory),
    }
    return VirtualMachine(**(values | changes))


def make_inventory(hosts: Sequence[Host], vms: Sequence[VirtualMachine], **changes: Any) -> Inventory:
    """These hosts and VMs, with the datastores and networks that they name."""
    stores = {store for host in hosts for store in host.datastores} | {store for vm in vms for store in vm.datastores}
    nets = {net for host in hosts for net in host.networks} | {net for vm in vms for net in vm.networks}
    values: dict[str, Any] = {
        "taken_at": TAKEN_AT,
        "hosts": tuple(hosts),
        "virtual_machines": tuple(vms),
        "datastores": tuple(
            Datastore(ref=store, name=store.moid, datacenter="dc", capacity_mib=1 << 24, free_mib=1 << 23)
            for store in stores
        ),
        "networks": tuple(Network(ref=net, name=net.moid, datacenter="dc") for net in nets),
    }
    return Inventory(**(values | changes))
