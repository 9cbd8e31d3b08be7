"""Queues of moves: whoever would start if everybody were asked at every moment starts, in the same order."""

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from recommender.planning.transfers.queues import ALONE, Amounts, Needs, Queues

THINGS = 3
COUNTS = st.integers(1, 4)
TAKES = st.lists(st.dictionaries(st.integers(0, THINGS - 1), COUNTS, max_size=THINGS), min_size=1, max_size=12)


def asked_all(takes: Sequence[Amounts], waiting: list[int], free: list[int], before: Sequence[int]) -> Iterator[int]:
    """Everybody who waits, by rank, each after the one ``before`` it, until nobody can start."""
    for rank in list(waiting):
        if before[rank] not in waiting and all(free[thing] >= count for thing, count in takes[rank]):
            for thing, count in takes[rank]:
                free[thing] -= count
            waiting.remove(rank)
            yield rank


@given(takes=TAKES, lanes=st.integers(0, 3), data=st.data())
def test_those_that_start_are_the_same_as_if_everybody_were_asked(
    takes: list[dict[int, int]], lanes: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(takes))))
    needs = [list(one.items()) for one in takes]
    by_rank = [needs[number] for number in order]
    free = data.draw(st.lists(st.integers(0, 6), min_size=THINGS, max_size=THINGS))
    # With lanes, each comes after the last of the same lane.
    before = [rank - lanes if lanes and rank >= lanes else ALONE for rank in range(len(order))]
    after = [rank + lanes if lanes and rank + lanes < len(order) else ALONE for rank in range(len(order))]
    there, waiting = list(free), list(range(len(order)))
    queues = Queues(Needs(needs, THINGS), order, free)
    started = queues.started([rank for rank in waiting if before[rank] == ALONE], (), after)
    assert started == list(asked_all(by_rank, waiting, there, before))
    running = list(started)
    while running:
        ended = running.pop(data.draw(st.integers(0, len(running) - 1)))
        for thing, count in by_rank[ended]:
            free[thing] += count
            there[thing] += count
        started = queues.started((), [thing for thing, _ in by_rank[ended]], after)
        assert started == list(asked_all(by_rank, waiting, there, before))
        assert free == there
        running += started


def test_of_a_queue_the_first_starts() -> None:
    """Five that need all of one thing: each end lets one start, in the order of their ranks."""
    takes: list[Amounts] = [[(0, 4)]] * 5
    free = [4]
    queues = Queues(Needs(takes, 1), [4, 2, 0, 1, 3], free)
    after = [ALONE] * 5
    started = [queues.started(range(5), (), after)]
    for _ in range(4):
        free[0] += 4
        started.append(queues.started((), [0], after))
    assert started == [[0], [1], [2], [3], [4]]
