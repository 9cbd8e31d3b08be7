"""What is left of a rolling maintenance by the plan made when it began: for dates, as each wave is decided afresh."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from recommender.inventory.reference import EntityRef
from recommender.planning.rolling.wave import RollingPlan
from recommender.planning.windows.legs import Leg

HOME: Final = None  # what stands for the number of the way home


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWave:
    """One wave as it was planned, or the way home, which has no ``hosts``; times are those of its migrations alone."""

    hosts: tuple[EntityRef, ...]
    migrations: int
    moves_s: float
    moves_p95_s: float


def planned_waves(plan: RollingPlan) -> tuple[PlannedWave, ...]:
    """All that dates need of ``plan``; the way home is the last one, if there is one."""
    return tuple(
        PlannedWave(
            hosts=wave.hosts,
            migrations=len(wave.moves),
            moves_s=wave.plan.makespan_s,
            moves_p95_s=wave.plan.makespan_p95_s,
        )
        for wave in plan.legs
    )


def rest_of_rolling(
    planned: Sequence[PlannedWave], waiting: Collection[EntityRef], work_s: float, *, first: int = 1
) -> list[tuple[int | None, Leg]]:
    """The waves that hosts still wait for, each with its number from ``first`` on, and the way home, which has none.

    A wave of which some hosts have had their turn takes less, but its work takes as long for one host as for all.
    """
    legs: list[tuple[int | None, Leg]] = []
    for wave in planned:
        left = sum(host in waiting for host in wave.hosts) / len(wave.hosts) if wave.hosts else 1.0
        if left:
            work = work_s if wave.hosts else 0.0
            leg = Leg(takes_s=left * wave.moves_s + work, p95_s=left * wave.moves_p95_s + work)
            legs.append((first + len(legs) if wave.hosts else HOME, leg))
    return legs
