"""The answer of placement: moves with their reasons, what they buy, and how far from the best they are."""

from dataclasses import dataclass
from enum import StrEnum

from recommender.constraints.base import Violation
from recommender.inventory.reference import EntityRef
from recommender.inventory.vm_settings import DiskProvisioning
from recommender.migration.estimate import MigrationEstimate


class SolveStatus(StrEnum):
    """How the search ended."""

    OPTIMAL = "optimal"  # proven: nothing is better
    FEASIBLE = "feasible"  # as asked, no rule newly broken; the gap says how much better an answer could be
    NOTHING_TO_DO = "nothing_to_do"  # what is asked for holds already, and no move pays
    INFEASIBLE = "infeasible"  # proven: no placement keeps every rule
    LIMITED = "limited"  # rules stay broken because the limit on moves or GiB does not allow more
    OUT_OF_TIME = "out_of_time"  # rules still broken, or no move found yet, when the search ended; nothing proven


class Reason(StrEnum):
    """Why a move is recommended: vSphere's own reason codes, a closed list."""

    BALANCE_CPU = "fairnessCpuAvg"
    BALANCE_MEMORY = "fairnessMemAvg"
    KEEP_TOGETHER = "jointAffin"
    KEEP_APART = "antiAffin"
    HOST_MAINTENANCE = "hostMaint"
    MUST_RUN_ON = "vmHostHardAffinity"
    SHOULD_RUN_ON = "vmHostSoftAffinity"
    POWER_SAVING = "powerSaving"  # its host is emptied so that it can be switched off
    DATASTORE_MAINTENANCE = "datastoreMaint"
    DATASTORE_LATENCY = "balanceDatastoreIOLoad"
    DATASTORE_SPACE = "balanceDatastoreSpaceUsage"
    DISKS_APART = "virtualDiskAntiAffin"  # a rule of its datastore cluster keeps its disks apart
    POWER_ON = "powerOnVm"  # started there rather than migrated: a new VM, or one whose host is lost
    MAKE_ROOM = "makeRoom"  # ours: this VM leaves so that another's mandatory move fits
    CPU_OVERLOAD = "cpuOverload"  # ours: the source is above the headroom line
    MEMORY_OVERLOAD = "memoryOverload"
    INCOMPATIBLE_HOST = "incompatibleHost"  # ours: the VM stands where a rule says it may not


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskMove:
    """One virtual disk, by device key, copied from one datastore to another.

    ``provisioning``: how it takes its space there; ``None`` where that is not changed.
    """

    __pydantic_config__ = {"extra": "forbid"}

    disk_key: int
    source: EntityRef
    destination: EntityRef
    provisioning: DiskProvisioning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMove:
    """The adapters of a VM that are on one network, connected to another one with its move."""

    __pydantic_config__ = {"extra": "forbid"}

    source: EntityRef
    destination: EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One decision: this VM to that host (and datastores).

    ``priority`` as vSphere counts: 1 mandatory, 2 strongest … 5 weakest. ``gain``: objective units that would be
    lost by leaving this one move out of the answer, its own cost not deducted (0 for a mandatory move that
    only costs). ``cost``: objective units that its migration itself costs; ``None`` in plans of older versions.
    ``disk_moves`` is empty when the disks stay where they are, ``network_moves`` when the networks do.
    """

    __pydantic_config__ = {"extra": "forbid"}

    vm: EntityRef
    source: EntityRef
    destination: EntityRef
    disk_moves: tuple[DiskMove, ...] = ()
    network_moves: tuple[NetworkMove, ...] = ()
    reason: Reason
    priority: int
    gain: float
    cost: float | None = None
    estimate: MigrationEstimate

    @property
    def new_formats(self) -> dict[int, DiskProvisioning]:
        """How disks will take their space, by disk key, where that is not as before."""
        return {disk.disk_key: disk.provisioning for disk in self.disk_moves if disk.provisioning is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A cost in objective units by term, without added constants; ``total`` is their sum."""

    __pydantic_config__ = {"extra": "forbid"}

    terms: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """The sum of all terms."""
        return sum(value for _, value in self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaceable:
    """A VM that has to move and cannot: one violation for each host that refused it."""

    __pydantic_config__ = {"extra": "forbid"}

    vm: EntityRef
    rejections: tuple[Violation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The fleet after the best so many moves, over the available hosts that are asked about.

    ``sent_mib``: what the migrations send (median). ``cpu_highest`` and ``memory_highest``: the fullest host's use, a
    share; ``cpu_deviation`` and ``memory_deviation``: the standard deviation of the hosts' use. ``overload_left``: CPU
    and memory asked for above the headroom line, in hosts' worth (0.1: a tenth of one host). ``broken_rules``: places
    in which a rule is broken. ``objective``: its total. Proven, where known: no so many moves that keep the rules bring
    the highest CPU use below ``cpu_highest_bound``, nor the objective below ``objective_bound``.
    """

    __pydantic_config__ = {"extra": "forbid"}

    moves: int
    sent_mib: float
    cpu_highest: float
    memory_highest: float
    cpu_deviation: float
    memory_deviation: float
    overload_left: float
    broken_rules: int
    objective: float
    cpu_highest_bound: float | None = None
    objective_bound: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementResult:
    """``bound`` is a proven lower limit of the objective of every placement that keeps the rules, ``None`` if unknown.

    ``remaining_violations``: what is still broken after ``moves``; no move breaks anything anew. ``curve``: what
    the best few moves buy, where that was asked for. ``rounds`` of the search; ``is_stopped``: it was told to end
    after so many, and this is the best answer so far.
    """

    __pydantic_config__ = {"extra": "forbid"}

    status: SolveStatus
    starting_objective: Objective
    objective: Objective
    bound: float | None
    moves: tuple[Move, ...]
    unplaceable: tuple[Unplaceable, ...] = ()
    remaining_violations: tuple[Violation, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    seed: int = 0
    rounds: int = 0
    is_stopped: bool = False

    @property
    def gap(self) -> float | None:
        """(objective − bound) / objective; 0 where the objective is 0; ``None`` without a bound."""
        if self.bound is None:
            return None
        return (self.objective.total - self.bound) / self.objective.total if self.objective.total else 0.0

    @property
    def gain_gap(self) -> float | None:
        """(objective − bound) / (starting objective − bound): the share of the possible gain not proven reached."""
        if self.bound is None:
            return None
        possible = self.starting_objective.total - self.bound
        return (self.objective.total - self.bound) / possible if possible > 0 else 0.0
