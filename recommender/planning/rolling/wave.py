"""Rolling maintenance as it is planned: waves of hosts that are empty at one time, and the way home."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """``hosts`` are emptied by ``moves`` along ``plan``, worked on, and back before the next wave begins.

    ``start_s``: from the campaign's start. ``moved_again``: VMs that went to hosts whose turn is still to come.
    """

    number: int
    hosts: tuple[EntityRef, ...]
    moves: tuple[Move, ...]
    plan: Plan
    start_s: float
    moved_again: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckHost:
    """A host that cannot be emptied while every rule is kept."""

    host: EntityRef
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingPlan:
    """All waves of a rolling maintenance, and what moves after the last one, when every host is back.

    ``vms``: how many VMs stood on the hosts at the start. ``returned``: how many VMs of them end where they began,
    after having been elsewhere. ``end_s`` and ``end_p95_s``: from the start, with ``work_s`` of work on the hosts of
    each wave.
    """

    waves: tuple[Wave, ...]
    home: Wave | None
    stuck: tuple[StuckHost, ...]
    vms: int
    returned: int
    work_s: float

    @property
    def migrations(self) -> int:
        """How many there are in all."""
        return sum(len(wave.moves) for wave in self.legs)

    @property
    def moves_per_vm(self) -> float:
        """Migrations for each VM that stood on the hosts; 0 where there was none."""
        return self.migrations / self.vms if self.vms else 0.0

    @property
    def legs(self) -> tuple[Wave, ...]:
        """The waves, and the way home."""
        return (*self.waves, *(() if self.home is None else (self.home,)))

    @property
    def end_s(self) -> float:
        """When everything has ended, at median durations."""
        return max((wave.start_s + wave.plan.makespan_s + self._work_s(wave) for wave in self.legs), default=0.0)

    @property
    def end_p95_s(self) -> float:
        """The same with every wave at its p95: later than all of them together will be in 95 of 100 cases."""
        return sum(wave.plan.makespan_p95_s + self._work_s(wave) for wave in self.legs)

    def _work_s(self, wave: Wave) -> float:
        return self.work_s if wave.hosts else 0.0
