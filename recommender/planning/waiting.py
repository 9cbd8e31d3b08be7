"""Moves that cannot start yet, each kept by what it waits for: only those whose wait may be over are asked again."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from heapq import heapify, heappop, heappush
from itertools import chain

from recommender.inventory.reference import EntityRef
from recommender.planning.concurrency_limits import UnitPlace
from recommender.planning.unit_ledger import UnitLedger

Ranked = tuple[int, int]  # how early it is considered, and its number


class Waiting:
    """Moves by number; a move waits for units of one place, or for any of several entities to be freed."""

    def __init__(self, fresh: Iterable[Ranked]) -> None:
        self._fresh = list(fresh)
        heapify(self._fresh)
        self._for_units: defaultdict[UnitPlace, list[Ranked]] = defaultdict(list)
        self._for_entities: defaultdict[EntityRef, set[Ranked]] = defaultdict(set)
        self._open_units: dict[UnitPlace, list[Ranked]] = {}

    def add(self, ranked: Ranked) -> None:
        """To be considered at once."""
        heappush(self._fresh, ranked)

    def for_units(self, place: UnitPlace, ranked: Ranked) -> None:
        """Wait until units of ``place`` are given back."""
        # One that asked in vain may not be asked twice at one moment, but smaller ones behind it may still fit.
        self._open_units.setdefault(place, []).append(ranked)

    def for_entities(self, entities: Collection[EntityRef], ranked: Ranked) -> None:
        """Wait until a VM arrives or a place is freed."""
        for entity in entities:
            self._for_entities[entity].add(ranked)

    def freed(self, entities: Iterable[EntityRef]) -> None:
        """These VMs have arrived, these places have been freed."""
        for ranked in set().union(*(self._for_entities.get(entity, ()) for entity in entities)):
            for waiting in self._for_entities.values():
                waiting.discard(ranked)
            heappush(self._fresh, ranked)

    def take(self, ledger: UnitLedger, given_back: Collection[UnitPlace]) -> Ranked | None:
        """The next to be considered, of those that are fresh or wait for units that were ``given_back``."""
        best, source = (self._fresh[0], self._fresh) if self._fresh else (None, self._fresh)
        for place in given_back:
            queue = self._for_units.get(place)
            if queue and ledger.free(place) > 0 and (best is None or queue[0] < best):
                best, source = queue[0], queue
        return heappop(source) if best is not None else None

    def settle(self) -> None:
        """Nothing more can start at this moment."""
        for place, refused in self._open_units.items():
            for ranked in refused:
                heappush(self._for_units[place], ranked)
        self._open_units.clear()

    def all(self) -> list[int]:
        """The numbers of all that wait."""
        queues = chain(self._for_units.values(), self._open_units.values(), self._for_entities.values())
        return sorted({number for queue in chain(queues, [self._fresh]) for _, number in queue})

    def renew(self) -> None:
        """Everything is to be considered again."""
        self.settle()
        everything = {ranked for queue in self._for_units.values() for ranked in queue}
        everything.update(*self._for_entities.values())
        self._fresh = sorted(everything | set(self._fresh))
        self._for_units.clear()
        self._for_entities.clear()

    def remove(self, number: int) -> None:
        """Forget one move."""
        self.renew()
        self._fresh = [ranked for ranked in self._fresh if ranked[1] != number]
