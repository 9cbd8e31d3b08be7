"""When several live migrations end that share links: each is slower for the others and has more to send for it.

Processor sharing on every link at every moment, pre-copy passes inside; the rates change whenever one starts or ends.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from recommender.migration.dirty_rate import PageClass, slowed
from recommender.migration.paced_precopy import SLICE_S
from recommender.migration.sharing import shared_rates
from recommender.migration.unsent_memory import UnsentMemory

MAX_PASSES: Final = 200
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMigration:
    """One of the migrations: its start, the memory to send, how it is written, its links, and its own limit."""

    start_s: float
    memory_mib: float
    classes: tuple[PageClass, ...]
    links: tuple[Hashable, ...]
    own_mib_s: float = inf


@dataclass(slots=True)
class _Run:
    about: SharedMigration
    memory: UnsentMemory
    looked_at_s: float
    stops_at_mib: float = 0.0
    passes: int = field(default=0)
    is_stopped: bool = False
    rate: float = 0.0

    def left_s(self) -> float:
        """Until this pass, or stop-and-copy, is over at the present rate."""
        left = max(0.0, self.memory.mib - self.stops_at_mib)
        if left <= self.about.memory_mib * _ROUNDING:
            return 0.0
        return left / self.rate if self.rate > 0 else inf


def concurrent_ends(
    migrations: Sequence[SharedMigration],
    caps: Mapping[Hashable, float],
    *,
    switchover_goal_s: float,
    max_slowdown: float | None,
    looks_early: bool = False,
) -> list[float]:
    """When each migration ends, in seconds on the clock of their starts; ``caps`` in MiB/s for every link named.

    ``looks_early``: passes end as soon as the rest fits the goal (QEMU), not when all is sent. ``inf`` for one that
    gets no bandwidth, and for one that is never slowed and does not converge within ``MAX_PASSES``.
    """
    ends = [inf] * len(migrations)
    runs: dict[int, _Run] = {}
    waiting = sorted(range(len(migrations)), key=lambda number: migrations[number].start_s)
    now = migrations[waiting[0]].start_s if waiting else 0.0
    while waiting or runs:
        while waiting and migrations[waiting[0]].start_s <= now:
            about = migrations[waiting[0]]
            writing = tuple(_within(about))
            runs[waiting.pop(0)] = _Run(about, UnsentMemory(about.memory_mib, writing), now)
        _share(runs, caps, switchover_goal_s, looks_early=looks_early)
        next_start = migrations[waiting[0]].start_s if waiting else inf
        step = min([one.left_s() for one in runs.values()], default=inf)
        if min(step, next_start) == inf:
            return ends
        step = min(step, next_start - now)
        now = min(next_start, now + step)
        for number, run in list(runs.items()):
            run.memory.send(min(run.rate * step, run.memory.mib))
            if run.left_s() <= 0.0:
                outcome = _end_of_pass(run, now, switchover_goal_s, max_slowdown)
                if outcome is not None:
                    ends[number] = outcome
                    del runs[number]
    return ends


def _within(about: SharedMigration) -> list[PageClass]:
    """The classes, cut to the memory there is."""
    total = sum(one.working_set_mib for one in about.classes)
    share = min(1.0, about.memory_mib / total) if total > 0 else 1.0
    return [one._replace(working_set_mib=one.working_set_mib * share) for one in about.classes]


def _share(runs: dict[int, _Run], caps: Mapping[Hashable, float], goal_s: float, *, looks_early: bool) -> None:
    # The engine looks at the rest once a slice, and so half a slice after it began to fit on average.
    order = list(runs.values())
    rates = shared_rates([one.about.links for one in order], caps, [one.about.own_mib_s for one in order])
    for run, rate in zip(order, rates, strict=True):
        run.rate = rate
        early_s = goal_s - SLICE_S / 2 if looks_early and not run.is_stopped else 0.0
        run.stops_at_mib = rate * max(0.0, early_s)


def _end_of_pass(run: _Run, now: float, goal_s: float, max_slowdown: float | None) -> float | None:
    """The end of this migration if it is over (``inf``: given up), else ``None``."""
    if run.is_stopped:
        return now
    seconds = now - run.looked_at_s
    writing = sum(one.dirty_mib_s for one in run.about.classes)
    slow = slowed(run.about.classes, bandwidth_mib_s=run.rate, max_slowdown=max_slowdown)
    left = sum(one.dirty_mib_s for one in slow) / writing if writing > 0 else 1.0
    # A guest that is slowed to a share of its writes writes in ``seconds`` what it would have in that share of them.
    run.memory.look(seconds * left)
    run.looked_at_s, run.passes = now, run.passes + 1
    run.is_stopped = run.memory.mib <= run.rate * goal_s * (1 + _ROUNDING)
    return None if run.is_stopped or run.passes < MAX_PASSES else inf
