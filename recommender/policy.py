"""What the operator wants: limits, weights and levels, with defaults that need no tuning."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Gt, Interval

from recommender.budget_policy import BudgetPolicy
from recommender.move_order import TAG, OrderPolicy
from recommender.relocation_policy import ControlPlanePolicy, RelocationPolicy

Percent = Annotated[int, Interval(ge=0, le=100)]
# What is larger than these is a slip of the pen, and sums of it are no longer exact.
Weight = Annotated[float, Interval(ge=0, le=1e9)]
Count = Annotated[int, Ge(1)]
Seconds = Annotated[float, Interval(ge=0, le=1e9)]


class AutomationLevel(StrEnum):
    """Who applies recommendations: a person, the daemon for mandatory ones, or the daemon for all."""

    MANUAL = "manual"
    PARTIALLY_AUTOMATED = "partially_automated"
    FULLY_AUTOMATED = "fully_automated"


class MemoryBasis(StrEnum):
    """Which memory of a running VM counts against a host's capacity."""

    CONFIGURED = "configured"
    CONSUMED = "consumed"


class VsanEvacuation(StrEnum):
    """What vSAN does with a host's data when it enters maintenance mode; vSphere's own values."""

    ENSURE_ACCESSIBILITY = "ensureObjectAccessibility"  # every object stays readable, with less redundancy meanwhile
    FULL_MIGRATION = "evacuateAllData"  # everything is copied to other hosts first, which may take many hours
    NO_MIGRATION = "noAction"  # objects may become inaccessible


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often one VM's migration is tried in one evacuation, and how long is waited before it is tried again.

    ``attempts`` counts all of them, 1 is no retry. The wait doubles each time. ``remember_s``: for so long the service
    brings no VM again to a host to which its migration failed.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    attempts: Count = 3
    back_off_s: Seconds = 60.0
    remember_s: Seconds = 14_400.0

    def wait_s(self, attempt: int) -> float:
        """Before the attempt of this number, from 2 on."""
        return float(self.back_off_s * 2 ** (attempt - 2))


class MoveScope(StrEnum):
    """How far a VM may go from where it is; beyond its cluster it loses the cluster's rules and overrides."""

    CLUSTER = "cluster"
    DATACENTER = "datacenter"
    VCENTER = "vcenter"
    VCENTERS = "vcenters"  # to any that is configured; it leaves its vCenter's permissions and statistics, too


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveWeights:
    """What one unit of each cost term is worth, in objective units.

    ``balance``: of a host's squared use u²; ``overload``: of its use above the headroom line; both summed over
    CPU and memory and scaled by the host's share of capacity (1 for an average host). ``hot_host``: of its CPU use
    above one half and 1.05 times its cluster's average. ``migration_second``: of one predicted second of migration,
    ``sensitive_migration_second`` of a VM of high latency sensitivity, which each one disturbs more.
    ``should_rule``: of one broken should-rule. ``host_on``: of one host that is not empty, where consolidation is asked
    for. ``datastore_balance`` and ``datastore_overload``: as the first two, of the used space of datastores, where
    disks may be copied; ``datastore_latency``: of one that takes twice ``max_datastore_latency_ms``. ``numa_fit``: of
    one running VM that is too big for every NUMA node of its host.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    balance: Weight = 1000.0
    overload: Weight = 20000.0
    hot_host: Weight = 1000.0
    migration_second: Weight = 0.25
    sensitive_migration_second: Weight = 1.0
    should_rule: Weight = 300.0
    host_on: Weight = 2000.0
    numa_fit: Weight = 50.0
    datastore_balance: Weight = 1000.0
    datastore_overload: Weight = 20000.0
    datastore_latency: Weight = 5000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimits:
    """Units of simultaneous migration that vCenter grants (documented for vSphere 5.0 to 6.7).

    A vMotion costs 1 unit of its hosts, its vMotion networks and its datastores; a Storage vMotion, alone or
    combined, 4 of the host and 16 of each datastore; a cold migration 1 of the host.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    host_units: Count = 8
    network_units_below_10_gbit_s: Count = 4
    network_units_from_10_gbit_s: Count = 8
    datastore_units: Count = 128
    vmotion_host_cost: Count = 1
    storage_host_cost: Count = 4
    cold_host_cost: Count = 1
    vmotion_datastore_cost: Count = 1
    storage_datastore_cost: Count = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPolicy:
    """How migrations are predicted and which of them count as risky.

    ``usable_line_rate``: share of a NIC's rate that one stream set reaches. ``setup_s`` and ``teardown_s``:
    time of a migration that does not depend on size. ``max_slowdown``: highest dirty rate as a share of
    bandwidth that vMotion tolerates before it slows the guest (Stun During Page Send). ``encrypted_stream_mbit_s``:
    what one stream of an encrypted VM's migration carries; encrypting takes a core, and no vSphere API tells how
    fast it is. 10 Gbit/s is assumed: less than a core with AES instructions does, so that 10 GbE is no slower.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    switchover_goal_s: Annotated[float, Gt(0)] = 0.5
    usable_line_rate: Annotated[float, Interval(gt=0, le=1)] = 0.89
    max_slowdown: Annotated[float, Interval(gt=0, lt=1)] = 0.7
    setup_s: Seconds = 2.0
    teardown_s: Seconds = 1.0
    encrypted_stream_mbit_s: Annotated[float, Interval(gt=0, le=400_000)] = 10_000.0
    max_duration_s: Seconds = 3600.0
    max_downtime_ms: Annotated[float, Ge(0)] = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostGroup:
    """VMs that run on some hosts only, for a licence or an operating system: all patterns are shell patterns.

    A VM is bound by its name, by a tag, or by its guest operating system (``windows*``).
    """

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    hosts: tuple[str, ...]
    vms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    guest_os: tuple[str, ...] = ()


class DemandStatistic(StrEnum):
    """Which figure of a window of measurements stands for it."""

    PERCENTILE = "percentile"
    MEAN = "mean"
    PEAK = "peak"
    NOW = "now"  # no window: only what is used at the moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandPolicy:
    """What VMs are provided for: ``statistic`` (at ``percent``) of the last ``window_s``, blended with the present.

    ``now_share``: how much the present counts. A window is at most an hour: so long vCenter keeps its 20 s samples.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    statistic: DemandStatistic = DemandStatistic.PERCENTILE
    percent: Annotated[float, Interval(gt=0, le=100)] = 95.0
    window_s: Annotated[int, Interval(ge=20, le=3600)] = 3600
    now_share: Annotated[float, Interval(ge=0, le=1)] = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDomainGroup:
    """VMs, by patterns of their names or by tags, that are spread evenly over domains.

    ``domain``: ``site``, or the category of a tag that hosts have (``rack`` of ``rack/r7``).
    """

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    domain: str
    vms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything the operator may decide about decisions.

    ``migration_threshold``: 1 (conservative: only mandatory moves) … 5 (aggressive).
    ``cpu_reserve_percent`` and ``memory_reserve_percent``: share of every host that stays free, hard.
    ``headroom_percent``: use above this line counts as overload, soft. ``horizon_s``: how long the present
    load is taken to last. ``permitted_unknowns``: names of constraints for which a missing fact does not
    refuse a host. ``excluded_vms``: shell patterns of VM names that are never moved; ``excluded_tags`` likewise.
    ``movable_extensions``: keys of extensions whose VMs may be moved all the same (``config.managedBy``).
    ``max_moves`` and ``max_gib`` (sent over the networks): of one recommendation.
    ``max_inventory_age_s``: older is too stale to decide or act on. ``own_moves_in_drs_clusters``: hosts are emptied by
    us even where DRS is fully automated; otherwise vCenter does that once they enter maintenance mode.

    Of every datastore ``datastore_reserve_percent`` stays free of copies, hard; used space above
    ``datastore_headroom_percent`` counts as overload, soft, and so does a 95th percentile of its latency above
    ``max_datastore_latency_ms`` (Storage DRS: 15), where it is known. ``datastore_growth_percent``: the share of what a
    copied thin disk may still write that has to fit too. ``keep_disks_together``: disks of a VM that share a
    datastore are copied to one again; ``within_datastore_cluster``: no disk leaves its datastore cluster.
    ``max_storage_rtt_ms``: between a host and its VMs' datastores, where their sites are known.

    ``max_vcpus_per_core``: of the running VMs of a host. ``host_groups``: VMs that run on some hosts only;
    ``fault_domains``: VMs that are spread over racks or sites. A VM rests for ``cool_down_s`` after a move and after
    ``moves_per_vm_per_day``, unless a rule demands that it moves; so do all moves over the ``budget`` of an hour.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    automation_level: AutomationLevel = AutomationLevel.MANUAL
    migration_threshold: Annotated[int, Interval(ge=1, le=5)] = 3
    horizon_s: Count = 3600
    cpu_reserve_percent: Percent = 5
    memory_reserve_percent: Percent = 5
    memory_basis: MemoryBasis = MemoryBasis.CONFIGURED
    datastore_reserve_percent: Percent = 5
    datastore_growth_percent: Percent = 10
    datastore_headroom_percent: Percent = 80
    max_datastore_latency_ms: Annotated[float, Gt(0)] = 15.0
    keep_disks_together: bool = True
    within_datastore_cluster: bool = True
    max_storage_rtt_ms: Annotated[float, Gt(0)] = 10.0
    max_vcpus_per_core: Annotated[float, Gt(0)] | None = None
    host_groups: tuple[HostGroup, ...] = ()
    fault_domains: tuple[FaultDomainGroup, ...] = ()
    cool_down_s: Seconds = 3600.0
    moves_per_vm_per_day: Count = 4
    budget: BudgetPolicy = field(default_factory=BudgetPolicy)
    headroom_percent: Percent = 85
    max_rtt_ms: Annotated[float, Interval(gt=0, le=150)] = 150.0  # more vSphere 6.0 and later does not support
    permitted_unknowns: tuple[str, ...] = ()
    excluded_vms: tuple[str, ...] = ()
    excluded_tags: tuple[str, ...] = ()
    movable_extensions: tuple[str, ...] = ()
    move_scope: MoveScope = MoveScope.CLUSTER
    max_moves: Annotated[int, Ge(0)] | None = None
    max_gib: Annotated[float, Ge(0)] | None = None
    max_inventory_age_s: Count = 300
    vsan_evacuation: VsanEvacuation = VsanEvacuation.ENSURE_ACCESSIBILITY
    own_moves_in_drs_clusters: bool = False
    demand: DemandPolicy = field(default_factory=DemandPolicy)
    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)
    limits: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)
    order: OrderPolicy = field(default_factory=OrderPolicy)
    relocation: RelocationPolicy = field(default_factory=RelocationPolicy)
    control_plane: ControlPlanePolicy = field(default_factory=ControlPlanePolicy)
    migration: MigrationPolicy = field(default_factory=MigrationPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    @property
    def stands_on_tags(self) -> bool:
        """Whether some rule of it cannot be judged without tags."""
        order = self.order
        selectors = (
            *(one for rule in order.precedence for one in (*rule.first, *rule.then)),
            *(one for rules in (order.serialize, order.sync, order.deadline) for rule in rules for one in rule.vms),
            *(one for cap in order.cap for one in cap.of),
        )
        return (
            bool(self.excluded_tags)
            or any(group.tags for group in self.budget.group)
            or any(group.tags for group in self.host_groups)
            or any(group.tags or group.domain != "site" for group in self.fault_domains)
            or any(one.startswith(TAG) for one in selectors)
        )
