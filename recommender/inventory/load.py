"""What VMs and hosts use now, and what was learnt of them. Unknown is ``None``, never zero."""

from dataclasses import dataclass

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

    ``learnt_ways``: from quiet migrations from it to others; none where too few are over.
    """

    __pydantic_config__ = {"extra": "forbid"}

    cpu_used_mhz: int | None = None
    memory_used_mib: int | None = None
    learnt_ways: tuple[LearntWay, ...] = ()

    def way_to(self, destination: EntityRef) -> LearntWay | None:
        """What was learnt of the way there."""
        return next((way for way in self.learnt_ways if way.destination == destination), None)
