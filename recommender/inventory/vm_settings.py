"""What people set for a virtual machine and its disks, in vSphere's own values."""

from dataclasses import dataclass
from enum import StrEnum


class DiskProvisioning(StrEnum):
    """How a disk takes its space."""

    THIN = "thin"
    LAZY_ZEROED = "lazyZeroedThick"
    EAGER_ZEROED = "eagerZeroedThick"


class LatencySensitivity(StrEnum):
    """vSphere's own values."""

    LOW = "low"
    NORMAL = "normal"
    MEDIUM = "medium"
    HIGH = "high"
    CUSTOM = "custom"


class FaultToleranceRole(StrEnum):
    """Which one of a Fault Tolerance pair it is."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomAttribute:
    """One custom attribute (an *annotation* in older clients) that somebody has filled in."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    value: str
