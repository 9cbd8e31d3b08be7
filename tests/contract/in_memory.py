"""The same estate as an inventory, for the world in memory; addresses are made of names."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster, DrsAutomation, ResourcePool
from recommender.inventory.cpu_features import FeatureCapability, FeatureRequirement
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import ConnectionState, Host, VMotionAdapter
from recommender.inventory.inventory import Inventory
from recommender.inventory.load import VmLoad
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine, VmKind
from tests.contract import estate as told
from tests.contract.running_simulator import VCENTER

FIRST_DISK_KEY = 2000
ROOT_POOL = "Resources"  # vSphere's own name


def inventory_of(estate: told.Estate, taken_at: datetime) -> Inventory:
    return Inventory(
        taken_at=taken_at,
        hosts=tuple(_host(estate, host) for host in estate.hosts),
        virtual_machines=tuple(_vm(estate, vm) for vm in estate.vms),
        clusters=tuple(_cluster(estate, cluster) for cluster in estate.clusters),
        resource_pools=tuple(_pools(estate)),
        datastores=tuple(
            Datastore(
                ref=_ref("datastore", store.name),
                name=store.name,
                datacenter=estate.datacenter,
                capacity_mib=store.capacity_gib * 1024,
                free_mib=store.free_gib * 1024,
            )
            for store in estate.datastores
        ),
        networks=tuple(
            Network(ref=_ref("network", network.name), name=network.name, datacenter=estate.datacenter)
            for network in estate.networks
        ),
        vm_affinity_rules=tuple(
            VmAffinityRule(name=rule.name, vms=_refs("vm", rule.vms)) for rule in _enabled(estate, "affinity")
        ),
        vm_anti_affinity_rules=tuple(
            VmAntiAffinityRule(name=rule.name, vms=_refs("vm", rule.vms)) for rule in _enabled(estate, "anti_affinity")
        ),
        vm_host_rules=tuple(
            VmHostRule(
                name=rule.name,
                vms=_refs("vm", rule.vms),
                hosts=_refs("host", rule.hosts),
                is_affine=rule.kind == "run_on",
                is_mandatory=rule.is_mandatory,
            )
            for rule in _enabled(estate, "run_on", "not_run_on")
        ),
    )


def _host(estate: told.Estate, host: told.Host) -> Host:
    return Host(
        ref=_ref("host", host.name),
        name=host.name,
        datacenter=estate.datacenter,
        cluster=_ref("cluster", host.cluster) if host.cluster else None,
        connection_state=ConnectionState(host.connection_state),
        in_maintenance=host.in_maintenance,
        in_quarantine=host.in_quarantine,
        vsan_fault_domain=host.vsan_fault_domain or None,
        cpu_mhz=host.cores * host.mhz_per_core,
        cores=host.cores,
        memory_mib=host.memory_gib * 1024,
        feature_capabilities=tuple(FeatureCapability(*feature) for feature in _sorted(host.features)),
        max_evc_mode=host.max_evc_mode or None,
        vmotion_adapters=(
            VMotionAdapter(
                device="vmk0",
                link_mbit_s=host.vmotion_mbit_s,
                mtu=host.mtu,
                network="Management Network",
                nics=("vmnic0",),
            ),
        )
        if host.vmotion_mbit_s
        else (),
        datastores=_refs("datastore", host.datastores),
        networks=_refs("network", host.networks),
    )


def _vm(estate: told.Estate, vm: told.Vm) -> VirtualMachine:
    power_state = PowerState(vm.power_state)
    runs = power_state is PowerState.POWERED_ON
    owner = estate.host(vm.host).cluster or vm.host
    return VirtualMachine(
        ref=_ref("vm", vm.name),
        name=vm.name,
        instance_uuid=f"uuid-of-{vm.name}",
        host=_ref("host", vm.host),
        power_state=power_state,
        kind=VmKind.TEMPLATE if vm.is_template else VmKind.ORDINARY,
        vcpus=vm.vcpus,
        memory_mib=vm.memory_mib,
        cpu_reservation_mhz=vm.cpu_reservation_mhz,
        memory_reservation_mib=vm.memory_reservation_mib,
        feature_requirements=()
        if power_state is PowerState.POWERED_OFF
        else tuple(FeatureRequirement(*need) for need in _sorted(vm.requirements)),
        min_required_evc_mode=vm.min_evc_mode or None,
        disks=tuple(
            Disk(key=FIRST_DISK_KEY + number, datastore=_ref("datastore", disk.datastore), size_mib=disk.gib * 1024)
            for number, disk in enumerate(vm.disks)
        ),
        datastores=_refs("datastore", {disk.datastore for disk in vm.disks}),
        networks=_refs("network", vm.networks),
        resource_pool=None if vm.is_template else _ref("pool", f"{owner}/{vm.pool or ROOT_POOL}"),
        relocate_disabled=vm.relocate_disabled,
        load=VmLoad(cpu_demand_mhz=vm.cpu_mhz, memory_active_mib=vm.active_mib, memory_consumed_mib=vm.consumed_mib)
        if runs
        else VmLoad(),
    )


def _cluster(estate: told.Estate, cluster: told.Cluster) -> Cluster:
    return Cluster(
        ref=_ref("cluster", cluster.name),
        name=cluster.name,
        datacenter=estate.datacenter,
        root_resource_pool=_ref("pool", f"{cluster.name}/{ROOT_POOL}"),
        drs_enabled=bool(cluster.automation),
        drs_automation=DrsAutomation(cluster.automation) if cluster.automation else DrsAutomation.MANUAL,
        ha_enabled=cluster.ha,
        vsan_enabled=cluster.vsan,
        evc_mode=cluster.evc_mode or None,
    )


def _pools(estate: told.Estate) -> Iterable[ResourcePool]:
    alone = {host.name: () for host in estate.hosts if not host.cluster}
    for owner, below in {**{cluster.name: cluster.pools for cluster in estate.clusters}, **alone}.items():
        root = _ref("pool", f"{owner}/{ROOT_POOL}")
        owner_ref = _ref("compute-resource" if owner in alone else "cluster", owner)
        yield ResourcePool(ref=root, name=ROOT_POOL, owner=owner_ref)
        for name in below:
            yield ResourcePool(ref=_ref("pool", f"{owner}/{name}"), name=name, owner=owner_ref, parent=root)


def _enabled(estate: told.Estate, *kinds: str) -> list[told.Rule]:
    return [rule for rule in estate.rules if rule.is_enabled and rule.kind in kinds]


def _ref(kind: str, name: str) -> EntityRef:
    return EntityRef(VCENTER, f"{kind}-{name}")


def _refs(kind: str, names: Iterable[str]) -> tuple[EntityRef, ...]:
    return tuple(sorted(_ref(kind, name) for name in names))


def _sorted(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(table.items())
