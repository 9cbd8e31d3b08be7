"""An ESXi host: what it offers and in what state it is."""

from dataclasses import dataclass, field
from enum import StrEnum

from recommender.inventory.cpu_features import FeatureCapability
from recommender.inventory.gpu import Gpu
from recommender.inventory.licence import Licence
from recommender.inventory.load import HostLoad
from recommender.inventory.reference import EntityRef


class ConnectionState(StrEnum):
    """vSphere's own values."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_RESPONDING = "notResponding"


class CryptoState(StrEnum):
    """vSphere's own values (``runtime.cryptoState``)."""

    INCAPABLE = "incapable"
    PREPARED = "prepared"
    SAFE = "safe"
    PENDING_INCAPABLE = "pendingIncapable"

    @property
    def takes_keys(self) -> bool:
        """Whether encrypted VMs may run there; vCenter gives a prepared host its key when the first one comes."""
        return self in (CryptoState.PREPARED, CryptoState.SAFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class VMotionAdapter:
    """A vmkernel adapter marked for vMotion, or for provisioning (cold migrations).

    ``link_mbit_s`` is its NIC's speed, ``mtu`` in bytes, ``network`` the port group's name or a distributed one's key;
    each ``None`` if unknown. ``nics``: physical NICs that may carry it (``vmnic2``), ``()`` if unknown.
    """

    __pydantic_config__ = {"extra": "forbid"}

    device: str
    link_mbit_s: int | None = None
    mtu: int | None = None
    network: str | None = None
    nics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumaNode:
    """One NUMA node: its number, and how many cores and how much memory are near each other there."""

    __pydantic_config__ = {"extra": "forbid"}

    number: int
    cores: int
    memory_mib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassthroughDevice:
    """A PCI device that may be given to a VM whole; ``virtual_functions`` where it is split by SR-IOV."""

    __pydantic_config__ = {"extra": "forbid"}

    pci_id: str
    is_active: bool = False
    virtual_functions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that has gone off; ``name`` is its id where its name could not be read, ``status`` red or yellow."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    status: str
    is_acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host.

    ``cpu_mhz`` and ``memory_mib`` are what the hardware has. ``cluster`` is ``None`` for a standalone host.
    ``site`` names the RTT domain it stands in. ``vmotion_adapters`` and ``feature_capabilities`` are
    ``None`` where the API did not tell; ``()`` means that it has none. ``esxi_version``: ``8.0.2``.
    ``crypto_state``: whether it can hold keys of encrypted VMs. ``raw_luns``: SCSI ids of the LUNs that it sees, told
    only where some VM has one mapped into it. ``overall_status``: vSphere's own (green, yellow, red, gray).

    ``sockets``, ``threads`` (logical CPUs), ``numa_nodes``, ``gpus``, ``vgpu_profiles``, ``passthrough_devices``,
    ``provisioning_adapters`` are ``None`` where they were not
    told. ``datastores`` are those that it can write; ``read_only_datastores`` it can only read. ``vgpu_profiles``:
    which slices of its GPUs VMs may have. ``uuid`` is that of its BIOS. ``vsan_fault_domain``: ``None``
    where it is one by itself. ``licence``: ``None`` where it may not be read. ``key_providers``: ids of those that its
    vCenter knows, ``None`` where they may not be read. ``closed_because``: why we bring nothing there
    for now, ``None`` where we do.
    """

    __pydantic_config__ = {"extra": "forbid"}

    ref: EntityRef
    name: str
    datacenter: str
    cluster: EntityRef | None = None
    site: str = "default"
    connection_state: ConnectionState = ConnectionState.CONNECTED
    is_powered_on: bool = True
    in_maintenance: bool = False
    in_quarantine: bool = False
    closed_because: str | None = None
    cpu_mhz: int
    cores: int
    memory_mib: int
    feature_capabilities: tuple[FeatureCapability, ...] | None = None
    max_evc_mode: str | None = None
    vmotion_adapters: tuple[VMotionAdapter, ...] | None = None
    datastores: tuple[EntityRef, ...] = ()
    networks: tuple[EntityRef, ...] = ()
    esxi_version: str | None = None
    crypto_state: CryptoState | None = None
    raw_luns: tuple[str, ...] | None = None
    overall_status: str | None = None
    sockets: int | None = None
    threads: int | None = None
    numa_nodes: tuple[NumaNode, ...] | None = None
    provisioning_adapters: tuple[VMotionAdapter, ...] | None = None
    read_only_datastores: tuple[EntityRef, ...] = ()
    gpus: tuple[Gpu, ...] | None = None
    vgpu_profiles: tuple[str, ...] | None = None
    passthrough_devices: tuple[PassthroughDevice, ...] | None = None
    alarms: tuple[Alarm, ...] = ()
    tags: tuple[str, ...] = ()
    uuid: str | None = None
    vsan_fault_domain: str | None = None
    licence: Licence | None = None
    key_providers: tuple[str, ...] | None = None
    load: HostLoad = field(default_factory=HostLoad)

    @property
    def is_available(self) -> bool:
        """Whether VMs may be brought here: connected, on, not in maintenance or quarantine, not closed by us."""
        return (
            self.connection_state is ConnectionState.CONNECTED
            and self.is_powered_on
            and not self.in_maintenance
            and not self.in_quarantine
            and self.closed_because is None
        )
