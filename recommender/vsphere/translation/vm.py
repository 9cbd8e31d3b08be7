"""A virtual machine: what it is, where it is, what it needs and uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from recommender.inventory.cpu_features import FeatureRequirement
from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VirtualMachine, VmDrsBehavior, VmKind
from recommender.inventory.vm_settings import CustomAttribute, LatencySensitivity
from recommender.vsphere.facts import Facts, unescaped
from recommender.vsphere.once import Once
from recommender.vsphere.translation.allocation import limit_of
from recommender.vsphere.translation.devices import (
    fault_tolerance_of,
    hardware_version_of,
    key_provider_of,
    media_datastores_of,
    pins_of,
    raw_luns_of,
    sriov_adapters_of,
    vgpu_profiles_of,
    video_memory_mib_of,
)
from recommender.vsphere.translation.disks import disks_of, snapshots_of

# What its load is told by, beside its state: all that changes of most VMs from one reading to the next.
LOAD_PATHS: Final = frozenset(
    f"summary.quickStats.{name}" for name in ("overallCpuUsage", "guestMemoryUsage", "hostMemoryUsage")
)
RELOCATE = "RelocateVM_Task"
VCLS_PREFIX = "vCLS"  # of the names that vCenter gives to its cluster agents, and keeps for itself
VCLS_MANAGER, VCLS_TYPE = "com.vmware.vim.eam", "cluster-agent"


class VmConnection(StrEnum):
    """vSphere's own values: how well vCenter knows the VM."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"  # its host does not answer
    ORPHANED = "orphaned"
    INACCESSIBLE = "inaccessible"
    INVALID = "invalid"

    @property
    def is_readable(self) -> bool:
        """Whether vCenter can tell what the VM is."""
        return self in (VmConnection.CONNECTED, VmConnection.DISCONNECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class VmSurroundings:
    """What is told of a VM elsewhere than at the VM itself.

    ``busy_with``: the operation of an open task on it; ``drs_behavior`` and ``ha_restart_priority``: its overrides in
    its cluster; ``tags``: names of its tags.
    """

    busy_with: str | None = None
    drs_behavior: VmDrsBehavior | None = None
    ha_restart_priority: str | None = None
    tags: tuple[str, ...] = ()


def translate_vm(
    facts: Facts,
    around: VmSurroundings = VmSurroundings(),  # immutable
    *,
    datastore_names: Mapping[EntityRef, str] = MappingProxyType({}),
    attribute_names: Mapping[int, str] = MappingProxyType({}),
    once: Once | None = None,
) -> VirtualMachine:
    """One VM; raises ``InventoryIncomplete`` where it lacks what every readable VM has.

    ``attribute_names``: of custom attributes by their keys. ``once`` remembers what VMs have in common.
    """
    host = facts.ref_at("runtime.host")
    if host is None:
        raise facts.incomplete("runtime.host")
    power_state = facts.choice("runtime.powerState", PowerState)
    sensitivity = _latency_sensitivity(facts)
    snapshots, snapshot_mib = snapshots_of(facts)
    protection = facts.get("runtime.dasVmProtection")
    return VirtualMachine(
        ref=facts.ref,
        name=facts.name,
        instance_uuid=str(facts.need("config.instanceUuid")),
        host=host,
        power_state=power_state,
        kind=_kind(facts),
        vcpus=int(facts.need("config.hardware.numCPU")),
        memory_mib=int(facts.need("config.hardware.memoryMB")),
        cpu_reservation_mhz=int(facts.get("config.cpuAllocation.reservation") or 0),  # unset: none
        memory_reservation_mib=int(facts.get("config.memoryAllocation.reservation") or 0),
        feature_requirements=_requirements(
            facts.get("runtime.featureRequirement"), power_state, Once() if once is None else once
        ),
        min_required_evc_mode=facts.get("runtime.minRequiredEVCModeKey") or None,
        disks=disks_of(facts),
        datastores=facts.refs_at("datastore"),
        home_datastore=home_datastore_of(facts, datastore_names),
        networks=facts.refs_at("network"),
        resource_pool=facts.ref_at("resourcePool"),
        relocate_disabled=any(method_name(method) == RELOCATE for method in facts.get("disabledMethod") or ()),
        pins=pins_of(facts, power_state),
        media_datastores=media_datastores_of(facts),
        raw_luns=raw_luns_of(facts),
        hardware_version=hardware_version_of(facts),
        key_provider=key_provider_of(facts),
        consolidation_needed=bool(facts.get("runtime.consolidationNeeded")),
        busy_with=around.busy_with,
        is_latency_sensitive=sensitivity is LatencySensitivity.HIGH,  # the level that reserves cores
        drs_behavior=around.drs_behavior,
        tags=around.tags,
        cpu_limit_mhz=limit_of(facts, "config.cpuAllocation"),
        memory_limit_mib=limit_of(facts, "config.memoryAllocation"),
        cpu_shares=facts.get("config.cpuAllocation.shares.shares"),
        memory_shares=facts.get("config.memoryAllocation.shares.shares"),
        latency_sensitivity=sensitivity,
        snapshots=snapshots,
        snapshot_mib=snapshot_mib,
        vgpu_profiles=vgpu_profiles_of(facts),
        sriov_adapters=sriov_adapters_of(facts),
        fault_tolerance=fault_tolerance_of(facts),
        video_memory_mib=video_memory_mib_of(facts),
        tools=facts.get("guest.toolsRunningStatus") or None,
        is_ha_protected=None if protection is None else bool(protection.dasProtected),
        ha_restart_priority=around.ha_restart_priority,
        vapp=facts.ref_at("parentVApp"),
        folder=facts.ref_at("parent"),
        custom_attributes=_custom_attributes(facts, attribute_names),
        managed_by=_manager(facts),
        guest_id=facts.get("config.guestId") or None,
        bios_uuid=facts.get("config.uuid") or None,
        load=load_of(facts, power_state),
    )


def home_datastore_of(facts: Facts, datastore_names: Mapping[EntityRef, str]) -> EntityRef | None:
    """The datastore of its configuration file; ``None`` where that cannot be told (``[datastore] folder/vm.vmx``)."""
    touched = facts.refs_at("datastore")
    if len(touched) == 1:
        return touched[0]
    name, bracket, _ = str(facts.get("config.files.vmPathName") or "").removeprefix("[").partition("]")
    found = [ref for ref in touched if bracket and datastore_names.get(ref) == name]
    return found[0] if len(found) == 1 else None


def method_name(method: Any) -> str:
    """The API's name of a method, which pyVmomi gives as a method it knows, one it does not know, or a text."""
    known = getattr(method, "info", None)
    return str(known.wsdlName if known is not None else getattr(method, "name", method))


def _kind(facts: Facts) -> VmKind:
    owner = facts.get("config.managedBy")
    if facts.name.startswith(VCLS_PREFIX):
        return VmKind.VCLS
    if owner is not None and owner.extensionKey:
        is_vcls = (owner.extensionKey, owner.type) == (VCLS_MANAGER, VCLS_TYPE)
        return VmKind.VCLS if is_vcls else VmKind.AGENT
    return VmKind.TEMPLATE if facts.get("config.template") else VmKind.ORDINARY


def _manager(facts: Facts) -> str | None:
    owner = facts.get("config.managedBy")
    return (owner.extensionKey if owner is not None else None) or None


def _custom_attributes(facts: Facts, names: Mapping[int, str]) -> tuple[CustomAttribute, ...]:
    filled = (
        CustomAttribute(name=unescaped(names.get(attribute.key, str(attribute.key))), value=str(attribute.value))
        for attribute in facts.get("customValue") or ()
        if getattr(attribute, "value", None)
    )
    return tuple(sorted(filled, key=lambda attribute: attribute.name))


def _latency_sensitivity(facts: Facts) -> LatencySensitivity | None:
    told = facts.get("config.latencySensitivity")
    level = str(told.level) if told is not None else None
    return LatencySensitivity(level) if level in tuple(LatencySensitivity) else None


def _requirements(
    requirements: Iterable[Any] | None, power_state: PowerState, once: Once
) -> tuple[FeatureRequirement, ...] | None:
    if requirements is None:
        # Off, it needs nothing of a CPU yet; running or suspended it does, and we do not know what.
        return () if power_state is PowerState.POWERED_OFF else None
    return once.made(requirements, _needed)


def _needed(requirements: Iterable[Any]) -> tuple[FeatureRequirement, ...]:
    return tuple(sorted(FeatureRequirement(requirement.key, requirement.value) for requirement in requirements))


def load_of(facts: Facts, power_state: PowerState) -> VmLoad:
    """What it uses, by vCenter's quick figures."""
    if power_state is not PowerState.POWERED_ON or facts.get("runtime.connectionState") != VmConnection.CONNECTED:
        return VmLoad()  # nothing to measure, or what was last heard of a host that does not answer
    cpu_mhz = facts.get("summary.quickStats.overallCpuUsage")
    active_mib = facts.get("summary.quickStats.guestMemoryUsage")
    consumed_mib = facts.get("summary.quickStats.hostMemoryUsage")
    if not (cpu_mhz or active_mib or consumed_mib):
        return VmLoad()  # a running VM takes memory: all zero means that nothing was measured yet
    return VmLoad(cpu_demand_mhz=cpu_mhz, memory_active_mib=active_mib, memory_consumed_mib=consumed_mib)
