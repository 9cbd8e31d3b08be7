"""A virtual machine: what it is, where it is, what it needs and uses."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pyVmomi import vim

from recommender.inventory.cpu_features import FeatureRequirement
from recommender.inventory.load import VmLoad
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, PowerState, VirtualMachine, VmDrsBehavior, VmKind
from recommender.quantities import mib_from_bytes
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.translate_devices import (
    hardware_version_of,
    key_provider_of,
    media_datastores_of,
    pins_of,
    raw_luns_of,
)

VIRTUAL_DISK = vim.vm.device.VirtualDisk  # looked up once: pyVmomi finds a type anew each time that it is named
HIGH = "high"  # of the levels of latency sensitivity, the one that reserves cores
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


def translate_vm(
    facts: Facts,
    *,
    busy_with: str | None = None,
    drs_behavior: VmDrsBehavior | None = None,
    datastore_names: Mapping[EntityRef, str] = MappingProxyType({}),
) -> VirtualMachine:
    """One VM; raises ``InventoryIncomplete`` where it lacks what every readable VM has.

    ``busy_with``: the operation of an open task on it; ``drs_behavior``: its override in its cluster.
    """
    host = facts.ref_at("runtime.host")
    if host is None:
        raise facts.incomplete("runtime.host")
    power_state = facts.choice("runtime.powerState", PowerState)
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
        feature_requirements=_requirements(facts.get("runtime.featureRequirement"), power_state),
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
        busy_with=busy_with,
        is_latency_sensitive=_is_latency_sensitive(facts),
        drs_behavior=drs_behavior,
        load=_load(facts, power_state),
    )


def disks_of(facts: Facts) -> tuple[Disk, ...]:
    """The virtual disks by device key; their size is what they take on storage where vCenter tells it."""
    committed = _committed_bytes(facts)
    return tuple(
        sorted(
            (
                Disk(
                    key=device.key,
                    datastore=_datastore_of(facts, device),
                    size_mib=mib_from_bytes(committed.get(device.key) or _capacity_bytes(device)),
                    capacity_mib=mib_from_bytes(_capacity_bytes(device)),
                )
                for device in facts.get("config.hardware.device") or ()
                if isinstance(device, VIRTUAL_DISK)
            ),
            key=lambda disk: disk.key,
        )
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


def _is_latency_sensitive(facts: Facts) -> bool:
    sensitivity = facts.get("config.latencySensitivity")
    return sensitivity is not None and str(sensitivity.level) == HIGH


def _requirements(requirements: Iterable[Any] | None, power_state: PowerState) -> tuple[FeatureRequirement, ...] | None:
    if requirements is None:
        # Off, it needs nothing of a CPU yet; running or suspended it does, and we do not know what.
        return () if power_state is PowerState.POWERED_OFF else None
    return tuple(sorted(FeatureRequirement(requirement.key, requirement.value) for requirement in requirements))


def _datastore_of(facts: Facts, disk: Any) -> EntityRef:
    datastore = getattr(disk.backing, "datastore", None)
    if datastore is None:
        raise facts.incomplete(f"config.hardware.device[{disk.key}].backing.datastore")
    return EntityRef(facts.vcenter, moid_of(datastore))


def _capacity_bytes(disk: Any) -> int:
    return int(disk.capacityInBytes or disk.capacityInKB * 1024)


def _committed_bytes(facts: Facts) -> dict[int, int]:
    """By disk key, what its files take. A disk with a file of no size is left out: that is no measurement."""
    sizes = {file.key: int(file.size or 0) for file in facts.get("layoutEx.file") or ()}
    committed = {}
    for disk in facts.get("layoutEx.disk") or ():
        files = [sizes.get(key, 0) for unit in disk.chain or () for key in unit.fileKey or ()]
        if files and all(files):
            committed[disk.key] = sum(files)
    return committed


def _load(facts: Facts, power_state: PowerState) -> VmLoad:
    if power_state is not PowerState.POWERED_ON or facts.get("runtime.connectionState") != VmConnection.CONNECTED:
        return VmLoad()  # nothing to measure, or what was last heard of a host that does not answer
    cpu_mhz = facts.get("summary.quickStats.overallCpuUsage")
    active_mib = facts.get("summary.quickStats.guestMemoryUsage")
    consumed_mib = facts.get("summary.quickStats.hostMemoryUsage")
    if not (cpu_mhz or active_mib or consumed_mib):
        return VmLoad()  # a running VM takes memory: all zero means that nothing was measured yet
    return VmLoad(cpu_demand_mhz=cpu_mhz, memory_active_mib=active_mib, memory_consumed_mib=consumed_mib)
