"""Small random situations: everything a rule may meet, rare things far more often than in life."""

from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from recommender.constraints.base import Constraint
from recommender.constraints.registry import CONSTRAINT_NAMES, constraints_for
from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.cluster import Cluster
from recommender.inventory.cpu_features import FeatureCapability, FeatureRequirement
from recommender.inventory.gpu import Gpu
from recommender.inventory.host import ConnectionState, CryptoState, Host, NumaNode, VMotionAdapter
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.licence import Licence
from recommender.inventory.load import VmLoad
from recommender.inventory.pin import Pin
from recommender.inventory.reference import EntityRef
from recommender.inventory.site import SiteLink
from recommender.inventory.virtual_machine import HOME, PowerState, VirtualMachine, VmDrsBehavior, VmKind
from recommender.inventory.vm_settings import FaultToleranceRole
from recommender.policy import FaultDomainGroup, HostGroup, MemoryBasis, MoveScope, Policy
from recommender.relocation_policy import ControlPlaneMove, ControlPlanePolicy, NetworkMapping, RelocationPolicy
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.properties.pools import pools_in, resource_pools, root_of
from tests.properties.storage import SITES, STORES, datastore_clusters, datastores, disks, mostly, rarely, some

# (vCenter, data centre, cluster): the second vCenter repeats the names of the first.
AREAS: Final = (
    ("vc", "dc", None),
    ("vc", "dc", "c1"),
    ("vc", "dc", "c2"),
    ("vc", "dc2", "c3"),
    ("other", "dc", "c1"),
    ("other", "dc", None),
)
EVC_MODES: Final = (None, "intel-haswell", "intel-skylake", "amd-zen", "made-after-us")
FEATURES: Final = ("cpuid.avx", "cpuid.aes")
CAPABILITIES: Final = ("0", "1", "0x2", "odd")
REQUIREMENTS: Final = ("Bool:Min:1", "Num:Min:2", "Num:Max:1", "Bool:Equal:1", "Num:Near:1", "Num:Equal:odd", "1")
ESXI_VERSIONS: Final = (None, "6.5.0", "6.7.0", "8.0.2", "10.0.0", "odd")
LUNS: Final = ("02000000006005", "02000000006006")
PROFILE: Final = "grid_t4-8q"
T4: Final = Gpu(pci_id="0", name="T4", memory_mib=8192, is_shared=True)
SPREAD: Final = FaultDomainGroup(name="db", domain="site", vms=("db-*",))
STANDS_FOR: Final = RelocationPolicy(networks=(NetworkMapping(source="net", destination="net2"),))
HOST_MHZ, HOST_MIB = 4000, 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An inventory, and the rules under which it is judged."""

    inventory: Inventory
    policy: Policy
    evacuate: tuple[EntityRef, ...]
    among: tuple[EntityRef, ...]
    resting: tuple[tuple[EntityRef, str], ...]
    failed: tuple[tuple[EntityRef, EntityRef, str], ...]

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        return constraints_for(
            self.policy, evacuate=self.evacuate, among=self.among, resting=self.resting, failed=self.failed
        )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """1-4 hosts in several areas and sites, 1-6 VMs on them, rules, migrations under way, and a policy."""
    hosts = [draw(_hosts(number)) for number in range(1, draw(st.sampled_from((2, 3, 4, 1))) + 1)]
    host_refs = [host.ref for host in hosts]
    vms = [draw(_vms(number, host_refs)) for number in range(1, draw(st.sampled_from((2, 3, 4, 5, 6, 1))) + 1)]
    vm_refs = [vm.ref for vm in vms]
    moving = draw(mostly((), [(vm,) for vm in vm_refs] + [tuple(vm_refs)]))
    clusters = [draw(_clusters(*area)) for area in draw(some([area for area in AREAS if area[2]]))]
    inventory = make_inventory(
        hosts,
        vms,
        clusters=clusters,
        datastores=draw(datastores()),
        datastore_clusters=draw(datastore_clusters(vm_refs)),
        site_links=tuple(draw(st.lists(_site_links(), max_size=4))),
        resource_pools=draw(resource_pools([cluster.ref for cluster in clusters])),
        vm_affinity_rules=tuple(draw(st.lists(_groups(VmAffinityRule, vm_refs), max_size=2))),
        vm_anti_affinity_rules=tuple(draw(st.lists(_groups(VmAntiAffinityRule, vm_refs), max_size=2))),
        vm_host_rules=tuple(draw(st.lists(_vm_host_rules(vm_refs, host_refs), min_size=2, max_size=3))),
        in_flight=tuple(draw(_flights(vm, host_refs)) for vm in moving),
    )
    return Situation(
        inventory=inventory,
        policy=draw(_policies()),
        evacuate=draw(some((*host_refs, ref("ds2")))),
        resting=draw(mostly((), (((vm_refs[0], "it rests"),),))),
        failed=draw(mostly((), (((vm_refs[-1], host_refs[-1], "it failed there"),),))),
        among=draw(mostly((), (tuple(host_refs[:2]), tuple(host_refs[1:])))),
    )


@st.composite
def _hosts(draw: st.DrawFn, number: int) -> Host:
    vcenter, datacenter, cluster = draw(st.sampled_from(AREAS))
    changes: dict[str, Any] = {
        "ref": EntityRef(vcenter, f"host-{number}"),
        "datacenter": datacenter,
        "cluster": EntityRef(vcenter, cluster) if cluster else None,
        "site": draw(st.sampled_from(SITES)),
        "connection_state": draw(mostly(ConnectionState.CONNECTED, ConnectionState)),
        "is_powered_on": not draw(rarely),
        "in_maintenance": draw(rarely),
        "in_quarantine": draw(rarely),
        "cpu_mhz": HOST_MHZ,
        "memory_mib": HOST_MIB,
        "feature_capabilities": draw(st.none() | _features(FeatureCapability, CAPABILITIES)),
        "max_evc_mode": draw(st.sampled_from(EVC_MODES)),
        "vmotion_adapters": draw(st.sampled_from((None, (), (VMotionAdapter(device="vmk1"),)))),
        "networks": draw(some([ref("net"), ref("net2")])),
        "esxi_version": draw(st.sampled_from(ESXI_VERSIONS)),
        "crypto_state": draw(st.sampled_from((None, *CryptoState))),
        "raw_luns": draw(st.none() | some(LUNS)),
        "cores": draw(st.sampled_from((2, 8))),
        "numa_nodes": draw(st.sampled_from((None, (NumaNode(number=0, cores=2, memory_mib=4096),)))),
        "tags": draw(some(("rack/r1", "other"))),
        "threads": draw(st.sampled_from((None, 2, 16))),
        "gpus": draw(st.sampled_from((None, (), (T4,), (T4, T4)))),
        "vgpu_profiles": draw(st.sampled_from((None, (PROFILE,)))),
        "key_providers": draw(st.sampled_from((("kms",), (), None))),
        "licence": draw(mostly(None, (Licence(name="Essentials", edition="essentials", features=("backup",)),))),
    }
    return make_host(f"host-{number}", datastores=draw(some(["ds", "ds2"])), **changes)


@st.composite
def _vms(draw: st.DrawFn, number: int, hosts: list[EntityRef]) -> VirtualMachine:
    on = draw(st.sampled_from(hosts))
    memory = draw(st.sampled_from((2048, HOST_MIB)))
    changes: dict[str, Any] = {
        "ref": EntityRef(on.vcenter, f"vm-{number}"),
        "host": on,
        "power_state": draw(mostly(PowerState.POWERED_ON, PowerState)),
        "kind": draw(mostly(VmKind.ORDINARY, VmKind)),
        "cpu_reservation_mhz": draw(st.sampled_from((0, HOST_MHZ))),
        "memory_reservation_mib": draw(st.sampled_from((0, memory))),
        "feature_requirements": draw(st.none() | _features(FeatureRequirement, REQUIREMENTS)),
        "min_required_evc_mode": draw(st.sampled_from(EVC_MODES)),
        "resource_pool": draw(st.sampled_from((None, *pools_in(EntityRef(on.vcenter, "c1"))))),
        **draw(disks()),
        "networks": draw(some([ref("net"), ref("net2")])),
        "tags": draw(some(["pinned", "test"])),
        "relocate_disabled": draw(rarely),
        "busy_with": draw(mostly(None, ("VirtualMachine.createSnapshot",))),
        "consolidation_needed": draw(rarely),
        "pins": draw(mostly((), (None, (Pin.VGPU,), (Pin.CPU_AFFINITY, Pin.HOST_DEVICE)))),
        "media_datastores": draw(some([ref("ds"), ref("ds2")])),
        "raw_luns": draw(some(LUNS)),
        "hardware_version": draw(st.sampled_from((None, 7, 13, 15, 21, 23))),
        "key_provider": draw(st.sampled_from((None, "kms"))),
        "vcpus": draw(st.sampled_from((1, 4))),
        "is_latency_sensitive": draw(rarely),
        "guest_id": draw(st.sampled_from((None, "windows2019srv_64Guest", "otherGuest64"))),
        "vgpu_profiles": draw(mostly((), ((PROFILE,), (PROFILE, PROFILE)))),
        "drs_behavior": draw(mostly(None, VmDrsBehavior)),
        "vapp": draw(mostly(None, (ref("vapp"),))),
        "fault_tolerance": draw(mostly(None, FaultToleranceRole)),
        "control_plane": draw(mostly(None, ("vCenter vc",))),
        "instance_uuid": draw(mostly(f"uuid-{number}", ("uuid-1",))),
        "load": VmLoad(
            cpu_demand_mhz=draw(st.sampled_from((None, 0, 1000, HOST_MHZ))),
            memory_consumed_mib=draw(st.sampled_from((None, memory))),
        ),
    }
    return make_vm(f"{draw(st.sampled_from(('web', 'db')))}-{number}", on.moid, memory=memory, **changes)


@st.composite
def _clusters(draw: st.DrawFn, vcenter: str, datacenter: str, name: str) -> Cluster:
    evc_mode = draw(st.sampled_from(EVC_MODES))
    reserved = AdmissionControl(
        policy=draw(st.sampled_from(AdmissionPolicy)),
        cpu_percent=draw(st.sampled_from((0, 50, 100))),
        memory_percent=draw(st.sampled_from((0, 50))),
        host_failures=draw(st.sampled_from((0, 1))),
        slot_cpu_mhz=draw(st.sampled_from((None, HOST_MHZ // 2))),
        failover_hosts=draw(some([EntityRef(vcenter, f"host-{number}") for number in (1, 2)])),
    )
    return Cluster(
        ref=EntityRef(vcenter, name),
        name=name,
        datacenter=datacenter,
        root_resource_pool=root_of(EntityRef(vcenter, name)),
        evc_mode=evc_mode,
        admission_control=draw(mostly(None, (reserved,))),
    )


@st.composite
def _flights(draw: st.DrawFn, vm: EntityRef, hosts: list[EntityRef]) -> MigrationInFlight:
    stores = draw(some(STORES))
    targets = draw(mostly((), (((2000, ref("ds2")),), ((HOME, ref("ds")), (2001, ref("ds2"))))))
    return MigrationInFlight(
        vm=vm, destination=draw(st.sampled_from(hosts)), destination_datastores=stores, disk_targets=targets
    )


def _site_links() -> st.SearchStrategy[SiteLink]:
    site = st.sampled_from(SITES)
    return st.builds(SiteLink, site_a=site, site_b=site, rtt_ms=st.sampled_from((0.0, 5.0, 150.0, 150.5)))


def _groups(kind: Any, vms: list[EntityRef]) -> st.SearchStrategy[Any]:
    return st.builds(kind, name=st.sampled_from(("r1", "r2")), vms=some(vms))


def _vm_host_rules(vms: list[EntityRef], hosts: list[EntityRef]) -> st.SearchStrategy[VmHostRule]:
    return st.builds(
        VmHostRule,
        name=st.sampled_from(("r1", "r2")),
        vms=some(vms),
        hosts=some(hosts),
        is_affine=st.booleans(),
        is_mandatory=rarely.map(lambda rare: not rare),
    )


def _policies() -> st.SearchStrategy[Policy]:
    percent = st.sampled_from((0, 5, 100))
    return st.builds(
        Policy,
        cpu_reserve_percent=percent,
        datastore_reserve_percent=st.sampled_from((0, 10)),
        datastore_growth_percent=st.sampled_from((0, 50)),
        memory_reserve_percent=percent,
        memory_basis=st.sampled_from(MemoryBasis),
        max_rtt_ms=st.sampled_from((5.0, 150.0)),
        max_storage_rtt_ms=st.sampled_from((5.0, 150.0)),
        within_datastore_cluster=st.booleans(),
        fault_domains=st.sampled_from(((), (SPREAD,), (FaultDomainGroup(name="r", domain="rack", vms=("*",)),))),
        max_vcpus_per_core=st.sampled_from((None, 0.5, 1.0)),
        host_groups=st.sampled_from(
            (
                (),
                (HostGroup(name="windows", hosts=("host-1",), guest_os=("windows*",)),),
                (HostGroup(name="db", hosts=("host-[12]",), vms=("db-*",), tags=("test",)),),
            )
        ),
        permitted_unknowns=some(CONSTRAINT_NAMES),
        excluded_vms=some(["db-*", "web-1"]),
        excluded_tags=some(["pinned"]),
        move_scope=st.sampled_from(MoveScope),
        relocation=st.sampled_from((RelocationPolicy(), STANDS_FOR)),
        control_plane=st.builds(ControlPlanePolicy, move=st.sampled_from(ControlPlaneMove)),
    )


def _features(kind: Any, values: tuple[str, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    offered = st.dictionaries(st.sampled_from(FEATURES), st.sampled_from(values))
    return offered.map(lambda table: tuple(kind(key, value) for key, value in sorted(table.items())))
