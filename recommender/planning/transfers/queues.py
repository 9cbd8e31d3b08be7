"""Moves that wait for what they lack: each is in one queue, of those that need as much of the same thing.

While that much is not free none of a queue can start, so nobody in it is asked; and once the first of a queue has taken
what came back, the others are not asked either. An order of thousands of moves so asks each of them a few times.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

Amounts = Sequence[tuple[int, int]]  # (number of the thing, count)
ALONE: Final = -1  # the queue of one that waits for no thing


class Needs:
    """What each of some moves takes at its start, of so many ``things``, and the queue in which it waits for each.

    ``wanted`` is by queue: a thing, and how much of it. ``at`` is by thing: its queues, who needs least of it first.
    """

    def __init__(self, takes: Sequence[Amounts], things: int) -> None:
        queues: dict[tuple[int, int], int] = {}
        self.of = [
            [(thing, count, queues.setdefault((thing, count), len(queues))) for thing, count in taken]
            for taken in takes
        ]
        self.wanted = list(queues)
        self.at: list[list[tuple[int, int]]] = [[] for _ in range(things)]
        for (thing, count), queue in sorted(queues.items()):
            self.at[thing].append((count, queue))


class Queues:
    """Who waits in one timeline, by rank: its place in ``order``. The lowest is asked first.

    ``free``: so much there is of each thing. Whoever starts takes from it; the caller adds what comes back.
    """

    def __init__(self, needs: Needs, order: Sequence[int], free: list[int]) -> None:
        self._at, self._wanted, self._free = needs.at, needs.wanted, free
        self._needs = [needs.of[number] for number in order]
        self._waiting: list[list[int]] = [[] for _ in needs.wanted]

    def started(self, asked: Iterable[int], came_back: Iterable[int], after: Sequence[int]) -> list[int]:
        """Ranks of those that start now.

        ``asked`` wait for no thing yet, ``came_back``: things of which there is more than before. Once one has started,
        the one ``after`` it is asked (``ALONE`` for nobody).
        """
        free, waiting = self._free, self._waiting
        first = [(rank, ALONE) for rank in asked]
        first += [(waiting[queue][0], queue) for queue in self._served(came_back)]
        heapify(first)
        started = []
        while first:
            rank, queue = heappop(first)
            if queue != ALONE:
                thing, count = self._wanted[queue]
                if free[thing] < count:
                    continue
                heappop(waiting[queue])
                if waiting[queue]:
                    heappush(first, (waiting[queue][0], queue))
            if self._starts(rank):
                started.append(rank)
                if after[rank] != ALONE:
                    heappush(first, (after[rank], ALONE))
        return started

    def _served(self, came_back: Iterable[int]) -> Iterator[int]:
        """Queues in which somebody waits for no more than there is."""
        for thing in came_back:
            there = self._free[thing]
            for count, queue in self._at[thing]:
                if count > there:
                    break
                if self._waiting[queue]:
                    yield queue

    def _starts(self, rank: int) -> bool:
        """Take what it needs, or wait for what is lacking."""
        free, needs = self._free, self._needs[rank]
        for thing, count, queue in needs:
            if free[thing] < count:
                heappush(self._waiting[queue], rank)
                return False
        for thing, count, _ in needs:
            free[thing] -= count
        return True
