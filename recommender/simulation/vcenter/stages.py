"""What a migration consists of: waits and transfers one after the other, each lasting as long as the world makes it."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.simulation.vcenter.fair_shares import Link
from recommender.simulation.vcenter.true_memory import TrueMemory

SWITCHOVER_GOAL_S: Final = 0.5
MAX_ROUNDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Time that depends on nothing. ``guest_stopped``: the VM stands still meanwhile."""

    seconds: float
    guest_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Data over links that others may use too."""

    mib: float
    links: tuple[Link, ...]
    guest_stopped: bool = False


Stage = Wait | Transfer
Stages = Generator[Stage, float, None]  # is sent the seconds that the stage before took


class BrokenOff(Exception):
    """The migration fails here; the VM stays at its source."""


def stages_of(
    disks: Sequence[tuple[float, tuple[Link, ...]]],
    memory: TrueMemory | None,
    memory_links: tuple[Link, ...],
    draw: np.random.Generator,
) -> Stages:
    """The stages of a migration that goes well: disks (MiB and links each) first, then memory, one switchover.

    ``draw`` varies overheads from one migration to the next.
    """
    yield Wait(seconds=float(draw.uniform(1.2, 3.2)))
    for mib, links in disks:
        yield Transfer(mib=mib * _overhead(draw), links=links)
    if memory is not None:
        yield from _precopy(memory, memory_links, draw)
    yield Wait(seconds=float(draw.uniform(0.5, 1.6)))


def broken_off(stages: Stages, share: float) -> Stages:
    """The same stages until the first transfer has come ``share`` of its way (or none was needed)."""
    for stage in stages:
        if isinstance(stage, Transfer):
            yield Transfer(mib=stage.mib * share, links=stage.links)
            break
        yield stage
    raise BrokenOff


def hung(seconds: float) -> Stages:
    """No progress for so long; then it fails."""
    yield Wait(seconds=seconds)
    raise BrokenOff


def _precopy(memory: TrueMemory, links: tuple[Link, ...], draw: np.random.Generator) -> Stages:
    """Rounds until what is left fits the switchover goal (Clark et al., NSDI 2005), then stop-and-copy."""
    to_send = memory.resident_mib
    for _ in range(MAX_ROUNDS):
        seconds = yield Transfer(mib=to_send * _overhead(draw), links=links)
        rate = to_send / seconds if seconds > 0 else float("inf")
        changed = memory.changed_mib(seconds, rate)
        if changed <= rate * SWITCHOVER_GOAL_S:
            break
        to_send = changed
    yield Transfer(mib=changed, links=links, guest_stopped=True)
    yield Wait(seconds=float(draw.uniform(0.03, 0.15)), guest_stopped=True)


def _overhead(draw: np.random.Generator) -> float:
    return float(draw.uniform(1.0, 1.08))
