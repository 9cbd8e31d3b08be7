"""Looking for a better order: one move of it is put elsewhere, most often one that everything at the end waited for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from math import inf
from typing import Final

from recommender.placement.engine.seeded_numbers import uniform
from recommender.planning.transfers.unshared_timeline import NOBODY, Timed, UnsharedTimeline

SHUFFLES: Final = 0.1  # share of the trials: orders by chance, of which the best is where to begin
IN_CHAIN: Final = 0.6  # how often the move is one of those that the last one waited for
EARLIER: Final = 0.7  # how often it is put earlier
MEMORY: Final = 5  # an order may be worse than the one before, but not than the one so many trials ago
STARTS: Final = 4  # orders from which a walk begins
WAYS: Final = 40  # tries
ENOUGH_WAYS: Final = 3
NOISE: Final = 0.6  # of urgency: each way but the first takes another turn
LAST_END: Final = 0.3  # what the last end weighs beside the mean of all: most orders that differ end at one moment


def shortest_order(timeline: UnsharedTimeline, orders: Iterable[Sequence[int]], trials: int) -> Timed | None:
    """Of all timelines found from ``orders`` the one that is over first; ``None`` if in none every move can start.

    The same question has the same answer.
    """
    weight = LAST_END * len(timeline.lengths)
    seen = _walk(timeline, orders, trials, lambda timed: timed.total + weight * timed.end, inf)
    return min(seen, key=lambda timed: (timed.end, timed.total), default=None)


def earliest_ends(
    timeline: UnsharedTimeline, orders: Iterable[Sequence[int]], trials: int, latest: int
) -> Timed | None:
    """The one with the least sum of ends, of those that are over at ``latest`` (ticks); as ``shortest_order``."""
    return min(
        _walk(timeline, orders, trials, lambda timed: timed.total, latest), key=lambda timed: timed.total, default=None
    )


def one_by_one(timeline: UnsharedTimeline, urgency: Sequence[float]) -> list[list[int]]:
    """Orders in which every move can start when all before it are over, the most urgent first where that can be.

    Where room is scarce others lead nowhere. None if none is found in ``WAYS`` tries.
    """
    found = []
    for way in range(WAYS):
        chance = uniform(len(urgency), way).tolist()
        ranks = [-one * (1 + (way > 0) * NOISE * (by - 0.5)) for one, by in zip(urgency, chance, strict=True)]
        order = timeline.one_by_one(ranks)
        if order is not None:
            found.append(order)
            if len(found) == ENOUGH_WAYS:
                break
    return found


def _walk(
    timeline: UnsharedTimeline,
    orders: Iterable[Sequence[int]],
    trials: int,
    price: Callable[[Timed], float],
    latest: float,
) -> Iterator[Timed]:
    """All timelines on the way, a short one from each of the orders and a long one from there; none ends too late."""
    count = len(timeline.lengths)
    shuffled = (uniform(count, number).argsort(kind="stable").tolist() for number in range(int(SHUFFLES * trials)))
    chance = map(float, uniform(8 * trials + 8, trials))
    known = [
        (price(timed), number, in_turn, order, timed)
        for number, order in enumerate((*orders, *shuffled))
        for in_turn in (False, True)
        if (timed := timeline.timed(order, latest, in_turn=in_turn)) is not None
    ]
    starts = sorted(known)[:STARTS]
    reached: list[tuple[float, int, bool, Sequence[int], Timed]] = []
    for many, begun in [*((trials // (2 * STARTS), [start]) for start in starts), (trials // 2, reached)]:
        if begun:
            cost, number, in_turn, order, now = min(begun)
            history = [cost] * MEMORY
            yield now
            for trial in range(many):
                changed = _changed(order, _chain(timeline, now), *islice(chance, 4))
                found = timeline.timed(changed, latest, in_turn=in_turn)
                if found is not None and price(found) <= max(cost, history[trial % MEMORY]):
                    order, now, cost = changed, found, price(found)
                    yield now
                history[trial % MEMORY] = cost
            reached.append((cost, number, in_turn, order, now))


def _chain(timeline: UnsharedTimeline, timed: Timed) -> list[int]:
    """The move that ends last, whose end let it start, and so on to the beginning."""
    number = max(range(len(timed.starts)), key=lambda one: timed.starts[one] + timeline.lengths[one])
    chain = []
    while number != NOBODY:
        chain.append(number)
        number = timed.let_by[number]
    return chain


def _changed(
    order: Sequence[int], chain: Sequence[int], which: float, one: float, where: float, place: float
) -> list[int]:
    moved = chain[int(one * len(chain))] if which < IN_CHAIN else order[int(one * len(order))]
    changed = list(order)
    before = changed.index(moved)
    del changed[before]
    changed.insert(int(place * (before if before and where < EARLIER else len(order))), moved)
    return changed
