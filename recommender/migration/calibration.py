"""What finished migrations tell about the next ones: the state, and how it grows and is asked.

Multiplicative, robust and hierarchical. First the host pair: effective bandwidth and overhead, from its quiet
migrations. Then what similar migrations took beside that: the same VM counts most, then its group, its site path, then
all others; a median, so that outliers (a migration that queued, a host that hung) do not poison it. Never trusted
where it was worse than the physical model lately. The state is what happened, in numbers and names; nothing fitted is
kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

CALIBRATION_VERSION: Final = 1
# Newest migrations that are kept: years of most sites, and a fraction of a millisecond to search.
MOST_FINISHED: Final = 5_000
SURELY_BELOW: Final = 3.2  # 95 of 100 assumed dirty rates are below this many times what was assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationCase:
    """A migration as it was known before it began.

    ``vm``: its instance UUID; ``group``: VMs of one service or operating system; ``site_path`` and ``host_pair``: from
    where to where; any of them may be empty for *unknown*. ``physical_s``: total time by the physical model alone.
    ``dirty_mib_s`` is ``None`` where the dirty rate was not measured; ``assumed_dirty_mib_s`` is what was assumed then.
    """

    __pydantic_config__ = {"extra": "forbid"}

    vm: str
    group: str
    site_path: str
    host_pair: str
    memory_mib: float
    bandwidth_mib_s: float
    dirty_mib_s: float | None
    physical_s: float
    assumed_dirty_mib_s: float | None = None

    @property
    def most_dirty_mib_s(self) -> float:
        """What the guest surely does not exceed, as far as anybody can tell; infinite where nobody can."""
        if self.dirty_mib_s is not None:
            return self.dirty_mib_s
        return inf if self.assumed_dirty_mib_s is None else SURELY_BELOW * self.assumed_dirty_mib_s


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedMigration:
    """``case`` next to what happened.

    ``calibrated_s`` is what calibration said before, ``given_s`` what was answered: either that or the physical model.
    """

    __pydantic_config__ = {"extra": "forbid"}

    case: MigrationCase
    calibrated_s: float
    given_s: float
    actual_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """All that was learnt: finished migrations, oldest first, at most ``MOST_FINISHED``."""

    __pydantic_config__ = {"extra": "forbid"}

    version: int = CALIBRATION_VERSION
    finished: tuple[FinishedMigration, ...] = ()

    def with_finished(self, more: Sequence[FinishedMigration]) -> "Calibration":
        """The same with ``more``, which ended later."""
        return replace(self, finished=(*self.finished, *more)[-MOST_FINISHED:])


def is_usable(case: MigrationCase, actual_s: float) -> bool:
    """Whether anything can be learnt from it: all of its numbers are above 0 (the dirty rate may be 0)."""
    return min(case.memory_mib, case.bandwidth_mib_s, case.physical_s, actual_s) > 0 and (case.dirty_mib_s or 0.0) >= 0
