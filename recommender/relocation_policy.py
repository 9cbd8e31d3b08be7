"""What the operator says about how moves are asked of vCenter: disk formats, networks, priority, and its own check."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, MinLen

Name = Annotated[str, MinLen(1)]


class DiskFormat(StrEnum):
    """How a disk takes its space where it is copied to; all but the first are vSphere's own words."""

    AS_IS = "as_is"
    THIN = "thin"
    LAZY_ZEROED = "lazyZeroedThick"
    EAGER_ZEROED = "eagerZeroedThick"

    @property
    def is_thick(self) -> bool:
        """Whether a disk takes all of its space at once."""
        return self in (DiskFormat.LAZY_ZEROED, DiskFormat.EAGER_ZEROED)


class DiskMoveType(StrEnum):
    """How the disks of a linked clone are copied with all that they stand on; vSphere's own values.

    Those that leave parents where they are (``moveChildMostDiskBacking``) are not among them: nobody would watch that
    the destination goes on mounting these.
    """

    ALLOW_SHARING = "moveAllDiskBackingsAndAllowSharing"  # a parent that is there already is stood on
    DISALLOW_SHARING = "moveAllDiskBackingsAndDisallowSharing"  # parents are copied along
    CONSOLIDATE = "moveAllDiskBackingsAndConsolidate"  # made one with their parents; not with snapshots


class CallPriority(StrEnum):
    """How vCenter ranks our moves among others: a high one reserves what it needs before it begins."""

    BY_REASON = "by_reason"  # high for what a rule demands
    DEFAULT = "default"
    HIGH = "high"


class CheckUse(StrEnum):
    """Whether vCenter is asked (CheckRelocate_Task) before a move."""

    REQUIRED = "required"  # without its answer nothing is sent
    WANTED = "wanted"  # that it could not be had is told
    OFF = "off"


class ControlPlaneMove(StrEnum):
    """When the VMs are moved on which everything else here depends: this program's own and vCenter's."""

    LAST = "last"  # once all others of a plan have ended well, or not at all
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlanePolicy:
    """``vms``: further VMs that count among them, by shell patterns of names, instance UUIDs or BIOS UUIDs."""

    __pydantic_config__ = {"extra": "forbid"}

    move: ControlPlaneMove = ControlPlaneMove.LAST
    vms: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMapping:
    """A VM on ``source`` is connected to ``destination`` where its new host does not reach the former.

    Each is a network's name, or ``datacenter/name``.
    """

    __pydantic_config__ = {"extra": "forbid"}

    source: Name
    destination: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocationPolicy:
    """``disk_format`` of copied disks. ``check_s``: how long vCenter's own check may take.

    ``recreate_rules``: what its cluster says of a VM that leaves it (rules, groups, overrides) is made anew where it
    comes to.
    ``disk_move_type``: how linked clones' disks are copied; without it they are not.
    ``copy_disks``: a VM that no other host can take as it is may take its disks along when its host is emptied, and
    when people ask where it could go.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}

    disk_format: DiskFormat = DiskFormat.AS_IS
    priority: CallPriority = CallPriority.BY_REASON
    check: CheckUse = CheckUse.WANTED
    check_s: Annotated[float, Ge(0)] = 30.0
    copy_disks: bool = False
    recreate_rules: bool = False
    disk_move_type: DiskMoveType | None = None
    networks: tuple[NetworkMapping, ...] = ()
