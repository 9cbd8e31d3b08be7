"""An order made better on the real timeline, where links are shared: which move waits for which is changed one by one.

Whoever carries a plan out lets a move wait for all that ended before it at its hosts, and then starts it at once. So
an order is a set of such waits, and it is timed as it is carried out. Two moves that share a link both take longer:
it may be better that one waits, and where both are slower than the link, that none does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from recommender.placement.engine.seeded_numbers import uniform
from recommender.planning.transfers.running import Running
from recommender.planning.transfers.transfer import Transfer
from recommender.planning.transfers.unshared_timeline import NOBODY, UnsharedTimeline

MEMORY: Final = 8  # an order may be worse than the one before, but not than the one so many trials ago
IN_CHAIN: Final = 0.7  # how often one is changed for which the last one waited
MEAN_END: Final = 0.05  # what the mean of all ends weighs beside the last
TOO_LATE: Final = 1.1  # over the best: nothing is timed further than that
SAME_TIME_S: Final = 1e-6

Waits = list[set[int]]  # for each move, those that end before it starts


@dataclass(frozen=True, slots=True)
class _Timed:
    starts: list[float]
    ends: list[float]
    let_by: list[int]

    @property
    def price(self) -> float:
        return max(self.ends) + MEAN_END * sum(self.ends) / len(self.ends)


class SharedSearch:
    """``timeline`` knows of room and units and leaves links out; ``meets``: for each move those it shares a host with.

    ``transfers``: one for each move.
    """

    def __init__(self, timeline: UnsharedTimeline, transfers: Sequence[Transfer], meets: Sequence[set[int]]) -> None:
        self._timeline, self._transfers, self._meets = timeline, transfers, meets

    def better(self, starts_s: Sequence[float], ends_s: Sequence[float], trials: int) -> list[float]:
        """Starts of a timeline that is over no later, in seconds. The same question has the same answer."""
        order = sorted(range(len(starts_s)), key=lambda one: (starts_s[one], one))
        now = best = self._timed(self._waits(starts_s, ends_s), order, float("inf"))
        if now is None or best is None:
            return list(starts_s)
        chance = map(float, uniform(4 * trials, trials))
        history = [now.price] * MEMORY
        for trial in range(trials):
            changed = self._changed(now, *(next(chance) for _ in range(3)))
            if changed is not None:
                found = self._timed(*changed, TOO_LATE * max(best.ends))
                if found is not None and found.price <= max(now.price, history[trial % MEMORY]):
                    now = found
                    best = min(best, now, key=lambda one: (round(max(one.ends), 3), sum(one.ends)))
            history[trial % MEMORY] = now.price
        return best.starts

    def _waits(self, starts_s: Sequence[float], ends_s: Sequence[float]) -> Waits:
        return [
            {other for other in meets if ends_s[other] <= starts_s[number] + SAME_TIME_S}
            for number, meets in enumerate(self._meets)
        ]

    def _changed(self, timed: _Timed, which: float, one: float, how: float) -> tuple[Waits, list[int]] | None:
        """One more wait, or one less, or one turned round; and the order in which moves are considered."""
        starts, ends = timed.starts, timed.ends
        chain = list(_chain(timed)) if which < IN_CHAIN else range(len(starts))
        number = chain[int(one * len(chain))]
        waits = self._waits(starts, ends)
        changes: list[tuple[int, int, bool | None]] = []
        for other in sorted(self._meets[number]):
            if starts[other] < ends[number] and starts[number] < ends[other]:
                changes += [(other, number, None), (number, other, None)]
            elif other in waits[number] and ends[other] >= starts[number] - SAME_TIME_S:
                changes += [(other, number, False), (other, number, True)]
        if not changes:
            return None
        first, second, is_turned = changes[int(how * len(changes))]
        ranks = list(starts)
        if is_turned is None:
            waits[second].add(first)
        else:
            limit = starts[first] if is_turned else ends[first] - 2 * SAME_TIME_S
            waits[second] = {other for other in waits[second] if ends[other] <= limit + SAME_TIME_S} - {first}
            ranks[second] = starts[first] - SAME_TIME_S
            if is_turned:
                waits[first].add(second)
        return waits, sorted(range(len(starts)), key=lambda other: (ranks[other], other))

    def _timed(self, waits: Waits, order: Sequence[int], cut_s: float) -> _Timed | None:
        """``None`` if some never can start, or past ``cut_s``."""
        count, free, running = len(order), list(self._timeline.free), Running()
        starts, ends, let_by = [-1.0] * count, [0.0] * count, [NOBODY] * count
        open_waits = [len(those) for those in waits]
        last, waiting = NOBODY, list(order)
        while waiting or len(running):
            still: list[int] = []
            for number in waiting:
                if open_waits[number] or not self._starts(number, free):
                    still.append(number)
                    continue
                starts[number], let_by[number] = running.now_s, last
                running.start(number, self._transfers[number])
            waiting = still
            over = running.advance()
            if not over or running.now_s > cut_s:
                return None
            for number in over:
                ends[number], last = running.now_s, number
                for amount, given in self._timeline.gives[number]:
                    free[amount] += given
                for other in self._meets[number]:
                    open_waits[other] -= number in waits[other]
        return _Timed(starts, ends, let_by)

    def _starts(self, number: int, free: list[int]) -> bool:
        """Take what it needs, if that is there."""
        needs = self._timeline.takes[number]
        if any(free[amount] < count for amount, count in needs):
            return False
        for amount, count in needs:
            free[amount] -= count
        return True


def _chain(timed: _Timed) -> Iterator[int]:
    """The move that ends last, whose end let it start, and so on to the beginning."""
    number = max(range(len(timed.ends)), key=timed.ends.__getitem__)
    while number != NOBODY:
        yield number
        number = timed.let_by[number]
