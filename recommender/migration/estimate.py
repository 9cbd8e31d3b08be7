"""The prediction of one migration, with its inputs, its rounds and its risk."""

from dataclasses import dataclass
from enum import StrEnum


class MigrationKind(StrEnum):
    """How a move is carried out."""

    VMOTION = "vmotion"  # running, compute only
    STORAGE_VMOTION = "storage_vmotion"  # running, disks only
    COMBINED = "combined"  # running, host and disks
    COLD = "cold"  # powered off or suspended


class RiskClass(StrEnum):
    """Safe: p95 within the policy's limits and λ at p95 < 0.7. Warning: λ at p95 in 0.7 … 0.9."""

    SAFE = "safe"
    WARNING = "warning"
    LONG = "long"
    MAY_NOT_CONVERGE = "may_not_converge"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecopyRound:
    """One pre-copy round: ``memory_mib`` to transfer, in ``seconds``, while ``changed_mib`` were written anew."""

    __pydantic_config__ = {"extra": "forbid"}

    number: int
    memory_mib: float
    seconds: float
    changed_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateInput:
    """One input of a prediction, its ``value`` in ``unit``, and where it came from."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    value: float
    unit: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatePhase:
    """One part of a migration: *setup*, *storage*, *memory*, *switchover* (the guest stands still) or *teardown*.

    p50 of all parts add up to that of the whole; p95 of each is its own, as not all go wrong at once.
    """

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    p50_s: float
    p95_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationEstimate:
    """What one migration is predicted to be.

    Durations in seconds from start to end, downtime in milliseconds (0 for a cold migration), sent data in MiB.
    ``rounds`` are those of the median case. ``converges``: the last round fits the switchover goal without
    the guest being slowed; ``dirty_ratio`` is λ = dirty rate / bandwidth of the median case. ``guest_loss_share`` (0 …
    1): the share of the migration's time that the guest loses to being slowed and to standing still.
    ``width_reason``: why p95 is as far from p50 as it is. ``advice``: what would make a risky migration less risky.
    ``site_path``: migrations with equal ones go wrong together; ``shared_share`` (0 … 1) of their variance does.
    """

    __pydantic_config__ = {"extra": "forbid"}

    kind: MigrationKind
    duration_p50_s: float
    duration_p95_s: float
    downtime_p50_ms: float
    downtime_p95_ms: float
    sent_mib_p50: float
    sent_mib_p95: float
    dirty_ratio: float
    converges: bool
    risk: RiskClass
    risk_reason: str
    rounds: tuple[PrecopyRound, ...] = ()
    inputs: tuple[EstimateInput, ...] = ()
    phases: tuple[EstimatePhase, ...] = ()
    guest_loss_share: float = 0.0
    width_reason: str = ""
    advice: tuple[str, ...] = ()
    site_path: str = ""
    shared_share: float = 0.5
