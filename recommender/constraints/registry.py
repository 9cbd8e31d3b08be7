"""Every hard rule, once: the one tuple to add a new rule to.

The order is the order of reports and does not matter to any answer.
"""

from typing import Final

from recommender.constraints.asked_hosts import AskedHosts
from recommender.constraints.base import Constraint
from recommender.constraints.control_plane_vm import ControlPlaneVm
from recommender.constraints.cpu_capacity import CpuCapacity
from recommender.constraints.cpu_compatibility import CpuCompatibility
from recommender.constraints.cross_vcenter import CrossVCenter
from recommender.constraints.datastore_cluster import DatastoreCluster
from recommender.constraints.datastore_reachable import DatastoreReachable
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.constraints.disk_anti_affinity import DiskAntiAffinity
from recommender.constraints.drs_disabled_vm import DrsDisabledVm
from recommender.constraints.encryption_supported import EncryptionSupported
from recommender.constraints.evacuated_datastore import EvacuatedDatastore
from recommender.constraints.evacuated_host import EvacuatedHost
from recommender.constraints.excluded_vm import ExcludedVm
from recommender.constraints.exclusive_cores import ExclusiveCores
from recommender.constraints.failed_destination import FailedDestination
from recommender.constraints.failover_capacity import FailoverCapacity
from recommender.constraints.fault_domains import FaultDomains
from recommender.constraints.hardware_version import HardwareVersion
from recommender.constraints.host_available import HostAvailable
from recommender.constraints.licensed_hosts import LicensedHosts
from recommender.constraints.lun_reachable import LunReachable
from recommender.constraints.media_reachable import MediaReachable
from recommender.constraints.memory_capacity import MemoryCapacity
from recommender.constraints.movable_disk import MovableDisk
from recommender.constraints.movable_vm import MovableVm
from recommender.constraints.move_scope import MoveScopeRule
from recommender.constraints.network_reachable import NetworkReachable
from recommender.constraints.pinned_vm import PinnedVm
from recommender.constraints.pool_capacity import PoolCapacity
from recommender.constraints.replication_group import ReplicationGroup
from recommender.constraints.resting_vm import RestingVm
from recommender.constraints.round_trip_time import RoundTripTime
from recommender.constraints.storage_round_trip_time import StorageRoundTripTime
from recommender.constraints.vcpu_ratio import VcpuRatio
from recommender.constraints.vgpu_slots import VgpuSlots
from recommender.constraints.vm_affinity import VmAffinity
from recommender.constraints.vm_anti_affinity import VmAntiAffinity
from recommender.constraints.vm_host_affinity import VmHostAffinity
from recommender.constraints.vm_size import VmSize
from recommender.constraints.vmotion_enabled import VMotionEnabled
from recommender.inventory.reference import EntityRef
from recommender.policy import Policy


def constraints_for(
    policy: Policy,
    *,
    evacuate: tuple[EntityRef, ...] = (),
    among: tuple[EntityRef, ...] = (),
    resting: tuple[tuple[EntityRef, str], ...] = (),
    failed: tuple[tuple[EntityRef, EntityRef, str], ...] = (),
) -> tuple[Constraint, ...]:
    """The hard rules under ``policy`` while ``evacuate`` is being emptied; ``among``: the hosts asked about, or all.

    ``resting``: VMs that are left alone for a while, each with the reason. ``failed``: VMs that do not go again to a
    host, each with what happened.
    """
    permitted = frozenset(policy.permitted_unknowns)
    return (
        MovableVm(),
        PinnedVm(unknown_permitted=PinnedVm.name in permitted),
        DrsDisabledVm(),
        ExcludedVm(patterns=policy.excluded_vms, tags=frozenset(policy.excluded_tags)),
        ControlPlaneVm(policy.control_plane.move),
        HostAvailable(),
        EvacuatedHost(hosts=frozenset(evacuate)),
        AskedHosts(hosts=frozenset(among)),
        MoveScopeRule(scope=policy.move_scope),
        CrossVCenter(unknown_permitted=CrossVCenter.name in permitted),
        VMotionEnabled(unknown_permitted=VMotionEnabled.name in permitted),
        RoundTripTime(max_rtt_ms=policy.max_rtt_ms, unknown_permitted=RoundTripTime.name in permitted),
        CpuCompatibility(unknown_permitted=CpuCompatibility.name in permitted),
        HardwareVersion(unknown_permitted=HardwareVersion.name in permitted),
        EncryptionSupported(unknown_permitted=EncryptionSupported.name in permitted),
        DatastoreReachable(),
        DatastoreSpace(
            policy.datastore_reserve_percent,
            growth_percent=policy.datastore_growth_percent,
            disk_format=policy.relocation.disk_format,
        ),
        EvacuatedDatastore(datastores=frozenset(evacuate)),
        DatastoreCluster(is_bound=policy.within_datastore_cluster),
        DiskAntiAffinity(),
        ReplicationGroup(),
        MovableDisk(policy.relocation.disk_move_type),
        StorageRoundTripTime(policy.max_storage_rtt_ms, unknown_permitted=StorageRoundTripTime.name in permitted),
        FaultDomains(policy.fault_domains, unknown_permitted=FaultDomains.name in permitted),
        VmSize(unknown_permitted=VmSize.name in permitted),
        VcpuRatio(policy.max_vcpus_per_core),
        ExclusiveCores(),
        VgpuSlots(unknown_permitted=VgpuSlots.name in permitted),
        LicensedHosts(policy.host_groups, unknown_permitted=LicensedHosts.name in permitted),
        RestingVm(resting),
        FailedDestination(failed),
        MediaReachable(),
        LunReachable(unknown_permitted=LunReachable.name in permitted),
        NetworkReachable(policy.relocation.networks),
        CpuCapacity(policy.cpu_reserve_percent, unknown_permitted=CpuCapacity.name in permitted),
        MemoryCapacity(
            policy.memory_reserve_percent,
            unknown_permitted=MemoryCapacity.name in permitted,
            basis=policy.memory_basis,
        ),
        FailoverCapacity(scope=policy.move_scope),
        PoolCapacity(policy.move_scope, unknown_permitted=PoolCapacity.name in permitted),
        VmHostAffinity(),
        VmAntiAffinity(),
        VmAffinity(),
    )


CONSTRAINT_NAMES: Final = tuple(constraint.name for constraint in constraints_for(Policy()))


def unknown_constraint_names(policy: Policy) -> tuple[str, ...]:
    """Names in the policy's ``permitted_unknowns`` that no rule has."""
    return tuple(name for name in policy.permitted_unknowns if name not in CONSTRAINT_NAMES)
