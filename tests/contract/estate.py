"""An estate as tests tell it: things by name, served over SOAP by the simulator and in memory by the data centre."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """``automation``: vSphere's default DRS behaviour, empty where DRS is off. ``pools`` lie below the root pool.

    Without ``datacenter`` it lies in the estate's own, as a network does. ``ha_host_failures`` and ``ha_percent``: what
    HA's admission control keeps free, by slots or by per cent. Of ``vsan`` ``resyncing`` objects are rebuilt for ever,
    and those that a host missed for ``rebuild_ms`` after it came back from maintenance mode, over SOAP alone.
    """

    name: str
    datacenter: str = ""
    automation: str = ""
    ha: bool = False
    ha_host_failures: int = 0
    ha_percent: int = 0
    vsan: bool = False
    resyncing: int = 0
    rebuild_ms: int = 0
    evc_mode: str = ""
    pools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    name: str
    is_distributed: bool = False
    datacenter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datastore:
    name: str
    cluster: str = ""
    capacity_gib: int = 2048
    free_gib: int = 1024
    latency_ms: int = 0  # what hosts' samples tell of it; 0: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Without ``cluster`` it stands alone; ``vmotion_mbit_s`` 0: no adapter is selected for vMotion."""

    name: str
    cluster: str = ""
    cores: int = 8
    mhz_per_core: int = 2500
    memory_gib: int = 64
    features: Mapping[str, str] = field(default_factory=dict)
    max_evc_mode: str = ""
    vmotion_mbit_s: int = 10_000
    mtu: int = 1500
    connection_state: str = "connected"
    in_maintenance: bool = False
    in_quarantine: bool = False
    vsan_fault_domain: str = ""
    vsan_health: str = ""  # empty: healthy
    disk_latency_ms: int = 0  # what its samples tell of its slowest disk; 0: nothing
    datastores: tuple[str, ...] = ("shared",)
    networks: tuple[str, ...] = ("production",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    datastore: str = "shared"
    gib: int = 20
    is_thin: bool = False
    stands_on: str = ""  # of a linked clone: the name of the VM on whose disk it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm:
    """``requirements`` and what it uses (``cpu_mhz``, ``active_mib``, ``consumed_mib``) count while it runs.

    ``breaks_off_at``: hosts half-way to which its migrations fail, over SOAP alone.
    """

    name: str
    host: str
    pool: str = ""
    folder: str = ""
    guest_address: str = ""
    power_state: str = "poweredOn"
    is_template: bool = False
    relocate_disabled: bool = False
    breaks_off_at: tuple[str, ...] = ()
    vcpus: int = 2
    memory_mib: int = 4096
    cpu_mhz: int = 500
    active_mib: int = 512
    consumed_mib: int = 3072
    cpu_reservation_mhz: int = 0
    memory_reservation_mib: int = 0
    requirements: Mapping[str, str] = field(default_factory=dict)
    min_evc_mode: str = ""
    networks: tuple[str, ...] = ("production",)
    disks: tuple[Disk, ...] = (Disk(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``kind``: affinity, anti_affinity, run_on or not_run_on; ``hosts`` and ``is_mandatory`` are for the last two."""

    cluster: str
    name: str
    kind: str
    vms: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    is_mandatory: bool = False
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """``folders``: further VM folders as ``datacenter:path``. ``no_check``: vCenter's own check is not to be had;
    ``warning``: what it warns of each time.
    """

    datacenter: str = "east"
    folders: tuple[str, ...] = ()
    no_check: bool = False
    warning: str = ""
    clusters: tuple[Cluster, ...] = ()
    networks: tuple[Network, ...] = ()
    datastores: tuple[Datastore, ...] = ()
    hosts: tuple[Host, ...] = ()
    vms: tuple[Vm, ...] = ()
    rules: tuple[Rule, ...] = ()

    def host(self, name: str) -> Host:
        return next(host for host in self.hosts if host.name == name)
