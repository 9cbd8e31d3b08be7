"""A virtual machine: where it is, what it needs, what it uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from recommender.inventory.cpu_features import FeatureRequirement
from recommender.inventory.load import VmLoad
from recommender.inventory.pin import Pin
from recommender.inventory.reference import EntityRef
from recommender.inventory.vm_settings import (
    CustomAttribute,
    DiskProvisioning,
    FaultToleranceRole,
    LatencySensitivity,
)

HOME: Final = 0  # stands for a VM's home among disk keys; no device of a VM has this key


class PowerState(StrEnum):
    """vSphere's own values."""

    POWERED_ON = "poweredOn"
    POWERED_OFF = "poweredOff"
    SUSPENDED = "suspended"


class VmKind(StrEnum):
    """What sort of VM it is; only ordinary VMs are placed by us, templates only when a host is evacuated."""

    ORDINARY = "ordinary"
    TEMPLATE = "template"
    VCLS = "vcls"  # vCenter's own cluster agents: vCenter moves or deletes them, never we
    AGENT = "agent"  # ESX agents, SRM placeholders: their manager owns them


class VmDrsBehavior(StrEnum):
    """How DRS treats a VM for which somebody chose otherwise than for its cluster; vSphere's values and *disabled*."""

    DISABLED = "disabled"
    MANUAL = "manual"
    PARTIALLY_AUTOMATED = "partiallyAutomated"
    FULLY_AUTOMATED = "fullyAutomated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A virtual disk. ``key`` is its device key, ``size_mib`` what a copy would have to carry.

    ``capacity_mib``: what its guest may write in all; ``mode`` is vSphere's own (``independent_persistent``); these and
    ``provisioning`` are ``None`` where they were not told. ``is_shared``: other VMs may write it, too (multi-writer).
    ``is_linked``: it stands on the disk of another VM (linked clone). ``is_first_class``: it has a life of its own (an
    improved virtual disk, a CNS volume of Kubernetes). ``is_raw``: it maps a LUN, which is never copied.
    """

    __pydantic_config__ = {"extra": "forbid"}

    key: int
    datastore: EntityRef
    size_mib: int
    capacity_mib: int | None = None
    provisioning: DiskProvisioning | None = None
    mode: str | None = None
    is_shared: bool = False
    is_linked: bool = False
    is_first_class: bool = False
    is_raw: bool = False

    def in_format(self, provisioning: DiskProvisioning) -> "Disk":
        """The disk once it takes its space so. What a thick one gives back by becoming thin nobody knows beforehand."""
        is_thick = provisioning is not DiskProvisioning.THIN
        size_mib = max(self.size_mib, self.capacity_mib or 0) if is_thick else self.size_mib
        return replace(self, provisioning=provisioning, size_mib=size_mib)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMachine:
    """One VM as vCenter reports it.

    ``feature_requirements`` is ``None`` where the API did not tell, ``()`` where there is no need.
    ``relocate_disabled``: vCenter lists RelocateVM_Task in ``disabledMethod`` (a backup holds the VM).
    ``datastores`` are all that the VM touches, its disks and its configuration files.
    ``home_datastore`` holds its configuration, log and swap files; ``None`` where that was not told.
    Memory and reservations in MiB, CPU in MHz.

    ``pins`` tie it to its host; ``None`` where its devices are not known. ``media_datastores`` hold images in its
    connected CD and floppy drives, ``raw_luns`` are the SCSI ids of LUNs mapped into it. ``hardware_version``: 21 for
    ``vmx-21``. ``key_provider`` names that of an encrypted VM or one with a vTPM. ``busy_with`` is the operation of a
    task other than a migration that has not ended. ``drs_behavior`` is its own where it differs from the cluster's.

    Limits are ``None`` where there are none. ``snapshot_mib`` is what its ``snapshots`` take beside its disks.
    ``vgpu_profiles``: a slice of a GPU for each. ``tools``: vSphere's *running status* (``guestToolsRunning``).
    ``is_ha_protected``: HA would start it again. ``ha_restart_priority`` is its own where it differs from the
    cluster's. ``managed_by``: the key of the extension that owns it. ``guest_id``: its operating system
    (``rhel8_64Guest``). ``bios_uuid`` is what the guest itself sees. ``control_plane``: what runs in it on which
    all else here depends (*vCenter prod*). Each is ``None`` where it was not told.
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    instance_uuid: str
    host: EntityRef
    power_state: PowerState
    kind: VmKind = VmKind.ORDINARY
    vcpus: int
    memory_mib: int
    cpu_reservation_mhz: int = 0
    memory_reservation_mib: int = 0
    feature_requirements: tuple[FeatureRequirement, ...] | None = None
    min_required_evc_mode: str | None = None
    disks: tuple[Disk, ...] = ()
    datastores: tuple[EntityRef, ...] = ()
    home_datastore: EntityRef | None = None
    networks: tuple[EntityRef, ...] = ()
    resource_pool: EntityRef | None = None
    tags: tuple[str, ...] = ()
    relocate_disabled: bool = False
    pins: tuple[Pin, ...] | None = ()
    media_datastores: tuple[EntityRef, ...] = ()
    raw_luns: tuple[str, ...] = ()
    hardware_version: int | None = None
    key_provider: str | None = None
    consolidation_needed: bool = False
    busy_with: str | None = None
    is_latency_sensitive: bool = False
    drs_behavior: VmDrsBehavior | None = None
    cpu_limit_mhz: int | None = None
    memory_limit_mib: int | None = None
    cpu_shares: int | None = None
    memory_shares: int | None = None
    latency_sensitivity: LatencySensitivity | None = None
    snapshots: int = 0
    snapshot_mib: int = 0
    vgpu_profiles: tuple[str, ...] = ()
    sriov_adapters: int = 0
    fault_tolerance: FaultToleranceRole | None = None
    video_memory_mib: int | None = None
    tools: str | None = None
    is_ha_protected: bool | None = None
    ha_restart_priority: str | None = None
    vapp: EntityRef | None = None
    folder: EntityRef | None = None
    custom_attributes: tuple[CustomAttribute, ...] = ()
    managed_by: str | None = None
    guest_id: str | None = None
    bios_uuid: str | None = None
    control_plane: str | None = None
    load: VmLoad = field(default_factory=VmLoad)

    @property
    def ties(self) -> tuple[Pin, ...] | None:
        """What ties it to its host; a vGPU does not, where it is known which profile has to be free elsewhere."""
        if self.pins is None or not self.vgpu_profiles:
            return self.pins
        return tuple(pin for pin in self.pins if pin is not Pin.VGPU)

    @property
    def is_powered_on(self) -> bool:
        """Whether it runs, so that it uses CPU and memory and needs a live migration."""
        return self.power_state is PowerState.POWERED_ON

    @property
    def cpu_demand_mhz(self) -> int | None:
        """CPU to provide for: 0 when not running, ``None`` when running and unknown."""
        return self.load.cpu_demand_mhz if self.is_powered_on else 0

    @property
    def disk_mib(self) -> int:
        """What a copy of all its disks would have to carry."""
        return sum(disk.size_mib for disk in self.disks)

    def mib_on(self, datastore: EntityRef) -> int:
        """What its disks take on a datastore."""
        return sum(disk.size_mib for disk in self.disks if disk.datastore == datastore)

    def with_disks_on(
        self, targets: Mapping[int, EntityRef], formats: Mapping[int, DiskProvisioning] | None = None
    ) -> "VirtualMachine":
        """The VM with disks (by key) and its home (``HOME``) on other datastores; what is not named stays.

        When every disk is named, the home follows the first one unless it is named itself. ``formats``: how disks take
        their space from then on, where that is not as before; a thick one takes all that it may hold.
        """
        if not targets:
            return self
        disks = tuple(replace(disk, datastore=targets.get(disk.key, disk.datastore)) for disk in self.disks)
        if formats:
            disks = tuple(disk.in_format(formats[disk.key]) if disk.key in formats else disk for disk in disks)
        all_leave = bool(disks) and all(disk.key in targets for disk in self.disks)
        home = targets.get(HOME, disks[0].datastore if all_leave else self.home_datastore)
        known = {self.home_datastore, *(disk.datastore for disk in self.disks)}
        # Where its home is unknown, it may be on any datastore that no disk accounts for, or beside a disk.
        if all_leave:
            others: set[EntityRef] = set()
        elif self.home_datastore is None:
            others = set(self.datastores)
        else:
            others = {store for store in self.datastores if store not in known}
        here = {*others, *(disk.datastore for disk in disks), *((home,) if home else ())}
        return replace(self, disks=disks, home_datastore=home, datastores=tuple(sorted(here)))
