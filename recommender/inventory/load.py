"""What VMs and hosts use now, and what was learnt of them. Unknown is ``None``, never zero."""

from dataclasses import dataclass

from recommender.inventory.measured import Measured
from recommender.inventory.reference import EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHour:
    """The hour of the day (UTC, 0 … 23) in which a VM is least busy.

    ``load_share``: its usual load then as a share of what it is now; ``days`` on which that hour was seen.
    """

    __pydantic_config__ = {"extra": "forbid"}

    hour: int
    load_share: float
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSharePrior:
    """The share of its memory (0 … 1) that a VM is taken to write, for want of its own figures; ``origin`` in words."""

    __pydantic_config__ = {"extra": "forbid"}

    share: float
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VmLoad:
    """Measured use of one VM.

    ``cpu_demand_mhz``: CPU it uses or would use (``quickStats.overallCpuUsage``).
    ``memory_active_mib``: memory touched lately (``guestMemoryUsage``), the working-set proxy.
    ``memory_consumed_mib``: host memory backing it (``hostMemoryUsage``).
    ``dirty_mib_s``: memory written per second; vSphere's API does not give it, tests and calibration may.
    ``duration_factor`` and ``duration_p95_factor``: what its live migrations take, at the median and at p95, as
    multiples of what the model says at the median; learnt from finished migrations of it and of its like.
    ``disk_write_mib_s``: what the guest writes to its disks (``virtualDisk.write``), unless nobody told.
    ``shared_share``: the share of the variance of their errors that migrations of one night have in common.
    ``quiet_hour``: from its load in the past days. ``active_prior``: from VMs like it, where its own is not known.
    ``memory_…_p95_mib``: what the minutes of the last ``window_s`` seconds seldom exceed (95 of 100, each minute by its
    highest sample); the figures without ``p95`` are the newest. ``missing_sensors``: counters that told nothing.
    """

    __pydantic_config__ = {"extra": "forbid"}

    cpu_demand_mhz: int | None = None
    memory_active_mib: int | None = None
    memory_consumed_mib: int | None = None
    dirty_mib_s: float | None = None
    disk_write_mib_s: float | None = None
    duration_factor: float | None = None
    duration_p95_factor: float | None = None
    shared_share: float | None = None
    quiet_hour: QuietHour | None = None
    cpu_now_mhz: int | None = None
    cpu_ready_percent: float | None = None
    memory_active_write_mib: int | None = None
    memory_swapped_mib: int | None = None
    memory_ballooned_mib: int | None = None
    missing_sensors: tuple[str, ...] = ()
    active_prior: ActiveSharePrior | None = None
    memory_active_p95_mib: int | None = None
    memory_active_write_p95_mib: int | None = None
    memory_consumed_p95_mib: int | None = None
    memory_swapped_p95_mib: int | None = None
    memory_ballooned_p95_mib: int | None = None
    window_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntWay:
    """What live migrations to ``destination`` take: ``overhead_s`` + ``slowness`` · what the model says."""

    __pydantic_config__ = {"extra": "forbid"}

    destination: EntityRef
    overhead_s: float
    slowness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLoad:
    """Measured use of one host (``quickStats``), hypervisor included.

    ``learnt_ways``: from quiet migrations from it to others; none where too few are over. From real-time samples, and
    ``None`` where they are not read: ``disk_latency_ms`` is that of its slowest disk (``disk.maxTotalLatency``);
    ``vmotion_sent_mbit_s`` and ``vmotion_received_mbit_s`` are all that goes over the NICs behind its vMotion adapters,
    other traffic included. ``missing_sensors``: counters that told nothing.
    """

    __pydantic_config__ = {"extra": "forbid"}

    cpu_used_mhz: int | None = None
    memory_used_mib: int | None = None
    learnt_ways: tuple[LearntWay, ...] = ()
    disk_latency_ms: Measured | None = None
    vmotion_sent_mbit_s: Measured | None = None
    vmotion_received_mbit_s: Measured | None = None
    missing_sensors: tuple[str, ...] = ()

    def way_to(self, destination: EntityRef) -> LearntWay | None:
        """What was learnt of the way there."""
        return next((way for way in self.learnt_ways if way.destination == destination), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatastoreLoad:
    """Measured use of one datastore by all hosts that told.

    ``latency_ms``: what one read or write took (``datastore.totalReadLatency`` and ``…WriteLatency``), each host
    weighted by how many it made; ``None`` where nobody told, or nobody read or wrote. ``hosts``: how many told.
    """

    __pydantic_config__ = {"extra": "forbid"}

    latency_ms: Measured | None = None
    hosts: int = 0
