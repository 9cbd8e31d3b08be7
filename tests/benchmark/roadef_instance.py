"""An instance of the ROADEF/EURO challenge 2012 (machine reassignment), and the exact judge of its answers.

Written from the challenge's own statement and knowing nothing of our engine: whole numbers, every constraint and every
cost. An answer is an array, the machine of each process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.placement.problem import Bools, Ints


@dataclass(frozen=True, slots=True)
class Balance:
    """``target`` times what is free of resource ``first`` should be free of ``second``; what lacks costs ``weight``."""

    first: int
    second: int
    target: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Indexes: p a process, m a machine, r a resource, s a service.

    ``capacity[r, m]``, ``safety[r, m]``, ``requirement[r, p]``; ``machine_move[m, m]`` and ``process_move[p]`` cost;
    ``weights`` of process, service and machine moves; ``spread_least[s]``: locations; ``depends[s]``: on services.
    """

    is_transient: Bools
    load_weight: Ints
    neighbourhood: Ints
    location: Ints
    capacity: Ints
    safety: Ints
    machine_move: Ints
    spread_least: Ints
    depends: tuple[tuple[int, ...], ...]
    service: Ints
    requirement: Ints
    process_move: Ints
    balances: tuple[Balance, ...]
    weights: tuple[int, int, int]
    start: Ints

    def used(self, place: Ints) -> Ints:
        """What the processes of each machine require, ``[resources, machines]``."""
        machines = self.capacity.shape[1]
        # Sums stay far below 2^53, so that the floats of bincount are exact.
        return np.stack([np.bincount(place, row, machines) for row in self.requirement]).astype(np.int64)

    def cost(self, place: Ints) -> int:
        """The challenge's objective."""
        used, moved = self.used(place), place != self.start
        total = int((self.load_weight[:, np.newaxis] * np.maximum(0, used - self.safety)).sum())
        free = self.capacity - used
        for balance in self.balances:
            lacking = np.maximum(0, balance.target * free[balance.first] - free[balance.second])
            total += balance.weight * int(lacking.sum())
        of_process, of_service, of_machine = self.weights
        total += of_process * int(self.process_move[moved].sum())
        total += of_service * int(np.bincount(self.service[moved], minlength=1).max())
        return total + of_machine * int(self.machine_move[self.start, place].sum())

    def broken(self, place: Ints) -> str | None:
        """The first kind of constraint that an answer breaks, ``None`` for a legal answer."""
        moved, used = place != self.start, self.used(place)
        left = np.stack([np.bincount(self.start[moved], row[moved], used.shape[1]) for row in self.requirement])
        if (used > self.capacity).any():
            return "capacity"
        if (used + left.astype(np.int64) > self.capacity)[self.is_transient].any():
            return "transient use"
        if len(np.unique(self.service * used.shape[1] + place)) < len(place):
            return "conflict"
        if (self.present(place, self.location).sum(axis=1) < self.spread_least).any():
            return "spread"
        there = self.present(place, self.neighbourhood)
        if any((there[one] & ~there[other]).any() for one, others in enumerate(self.depends) for other in others):
            return "dependency"
        return None

    def present(self, place: Ints, area: Ints) -> Bools:
        """Whether a service has a process in each area, ``[services, areas]``; ``area``: of each machine."""
        there: Bools = np.zeros((len(self.depends), int(area.max()) + 1), dtype=bool)
        there[self.service, area[place]] = True
        return there


def read_instance(folder: Path, name: str) -> Instance:
    """``model_NAME.txt`` and ``assignment_NAME.txt``; raises ``ValueError`` if there is more or less than they tell."""
    start = np.array((folder / f"assignment_{name}.txt").read_text(encoding="ascii").split(), dtype=np.int64)
    numbers = iter(map(int, (folder / f"model_{name}.txt").read_text(encoding="ascii").split()))
    try:
        instance = _instance(numbers, start)
    except StopIteration:
        raise ValueError(f"model_{name}.txt ends too early") from None
    if next(numbers, None) is not None or len(start) != len(instance.service):
        raise ValueError(f"model_{name}.txt and assignment_{name}.txt do not agree with the format")
    return instance


def _instance(numbers: Iterator[int], start: Ints) -> Instance:
    def rows(count: int, width: int) -> Ints:
        return np.array([[next(numbers) for _ in range(width)] for _ in range(count)], dtype=np.int64)

    resources = rows(next(numbers), 2)
    kinds, count = len(resources), next(numbers)
    machines = rows(count, 2 + 2 * kinds + count)
    spread_least, depends = [], []
    for _ in range(next(numbers)):
        spread_least.append(next(numbers))
        depends.append(tuple(next(numbers) for _ in range(next(numbers))))
    processes = rows(next(numbers), 2 + kinds)
    balances = tuple(Balance(*(next(numbers) for _ in range(4))) for _ in range(next(numbers)))
    return Instance(
        is_transient=resources[:, 0] == 1,
        load_weight=resources[:, 1],
        neighbourhood=machines[:, 0],
        location=machines[:, 1],
        capacity=machines[:, 2 : 2 + kinds].T,
        safety=machines[:, 2 + kinds : 2 + 2 * kinds].T,
        machine_move=machines[:, 2 + 2 * kinds :],
        spread_least=np.array(spread_least, dtype=np.int64),
        depends=tuple(depends),
        service=processes[:, 0],
        requirement=processes[:, 1:-1].T,
        process_move=processes[:, -1],
        balances=balances,
        weights=(next(numbers), next(numbers), next(numbers)),
        start=start,
    )
