"""When a plan may be over: its ends in many imagined cases, drawn from the intervals of its estimates.

Errors are not independent: a network that is slower than thought makes every migration late. So each case has one
factor for each path between sites that all steps on it share, besides each step's own. How much is shared, estimates
say: learnt from finished migrations, else half of the variance.
"""

from bisect import bisect_right
from collections import defaultdict
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.inventory.reference import EntityRef
from recommender.placement.engine.seeded_numbers import uniform
from recommender.placement.result import Move
from recommender.planning.plan import Plan, PlanStep

CASES: Final = 400
Z_95: Final = 1.645
Floats = npt.NDArray[np.float64]


def finish_times_s(plan: Plan, seed: int = 0) -> Floats:
    """The end of each step in each of ``CASES`` cases, ``[steps, CASES]``, in seconds from the start.

    Steps keep the plan's order: one that in the plan starts after another has ended waits for it where the two share
    a host or a datastore. What a link sends between two ends it does not send earlier in any case, as it sends all the
    time: so one that in the plan begins just before the end of another gains nothing by beginning sooner. Durations are
    log-normal, with the p50 and p95 of the plan. The same seed, the same cases.
    """
    paths = sorted({step.move.estimate.site_path for step in plan.steps})
    shared = {path: _normal(seed, -number) for number, path in enumerate(paths)}
    ends = np.zeros((len(plan.steps), CASES))
    order = _Ends(plan.steps, ends)
    for position, step in enumerate(plan.steps):
        estimate = step.move.estimate
        together, alone = estimate.shared_share**0.5, (1 - estimate.shared_share) ** 0.5
        errors = together * shared[estimate.site_path] + alone * _normal(seed, position + 1)
        factors = np.exp(_sigma(step) * errors)
        ends[position] = order.before(position) + step.duration_s * factors
        order.keep_up(position, factors)
    return ends


class _Ends:
    """The latest end of those that a step comes after; asked in the order of starts."""

    def __init__(self, steps: tuple[PlanStep, ...], ends: Floats) -> None:
        self._steps, self._ends = steps, ends
        self._positions = {step.number: position for position, step in enumerate(steps)}
        self._queues: defaultdict[EntityRef, list[int]] = defaultdict(list)
        for position, step in enumerate(steps):
            for entity in _entities(step.move):
                self._queues[entity].append(position)
        for queue in self._queues.values():
            queue.sort(key=lambda position: -steps[position].end_s)
        self._sent: defaultdict[tuple[str, EntityRef], list[int]] = defaultdict(list)
        self._latest: defaultdict[EntityRef, Floats] = defaultdict(lambda: np.zeros(ends.shape[1]))

    def keep_up(self, position: int, factors: Floats) -> None:
        """Let this step's ends, which are known, be as far behind those before it on its links as in the plan."""
        step = self._steps[position]
        if step.move.source == step.move.destination:
            return
        for link in (("send", step.move.source), ("receive", step.move.destination)):
            place = bisect_right(self._sent[link], step.end_s, key=lambda one: self._steps[one].end_s)
            if place:
                other = self._sent[link][place - 1]
                gap_s = step.end_s - self._steps[other].end_s
                np.maximum(self._ends[position], self._ends[other] + gap_s * factors, out=self._ends[position])
            self._sent[link].insert(place, position)

    def before(self, position: int) -> Floats:
        """The moment from which on this step may start, in every case."""
        step = self._steps[position]
        start = np.zeros(self._ends.shape[1])
        for entity in _entities(step.move):
            queue, latest = self._queues[entity], self._latest[entity]
            while queue and self._steps[queue[-1]].end_s <= step.start_s and queue[-1] < position:
                np.maximum(latest, self._ends[queue.pop()], out=latest)
            np.maximum(start, latest, out=start)
        for number in step.depends_on:
            np.maximum(start, self._ends[self._positions[number]], out=start)
        return start


def _normal(seed: int, row: int) -> Floats:
    """Standard normal numbers, by Box and Muller; other rows have nothing to do with these."""
    one, other = np.split(uniform(2 * CASES, seed * 1_000_003 + row), 2)
    numbers: Floats = np.sqrt(-2.0 * np.log1p(-one)) * np.cos(2.0 * np.pi * other)
    return numbers


def _entities(move: Move) -> set[EntityRef]:
    stores = (store for disk in move.disk_moves for store in (disk.source, disk.destination))
    return {move.vm, move.source, move.destination, *stores}


def _sigma(step: PlanStep) -> float:
    """Standard deviation of the logarithm of its duration."""
    if not step.duration_s:
        return 0.0
    return log(max(1.0, step.duration_p95_s / step.duration_s)) / Z_95
