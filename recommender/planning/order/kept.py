"""The same plan when migrations take other times: steps start in the plan's order, each after those it came after.

As in carrying a plan out: a step that in the plan starts after another has ended waits for that other where the two
share a host or a datastore. So its units and rules hold however long the migrations take.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence

from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.plan import PlanStep
from recommender.planning.transfers.running import Running
from recommender.planning.transfers.transfer import Transfer


def end_in_same_order(steps: Sequence[PlanStep], transfers: Sequence[Transfer]) -> float:
    """When the last step ends, in seconds from the start; ``steps`` sorted by start, one transfer for each."""
    return max((end_s for _, end_s in times_in_same_order(steps, transfers).values()), default=0.0)


def times_in_same_order(
    steps: Sequence[PlanStep],
    transfers: Sequence[Transfer],
    *,
    now_s: float = 0.0,
    over: Collection[int] = (),
    under_way: Collection[int] = (),
) -> dict[int, tuple[float, float]]:
    """Start and end by position of all steps that are not ``over``, from ``now_s`` on.

    Those ``under_way`` began before, and ``transfers`` says what they have left. Positions are places in ``steps``.
    """
    order, running = _Order(steps), Running(now_s)
    starts: dict[int, float] = {}
    times: dict[int, tuple[float, float]] = {}
    for position in over:
        order.ended(position)
    begun = {*over, *under_way}
    for position in sorted(under_way):
        starts[position] = steps[position].start_s
        running.start(position, transfers[position])
    waiting = 0
    while waiting < len(steps) or len(running):
        while waiting < len(steps) and (waiting in begun or order.may_start(waiting)):
            if waiting not in begun:
                starts[waiting] = running.now_s
                running.start(waiting, transfers[waiting])
            waiting += 1
        for position in running.advance():
            times[position] = (starts[position], running.now_s)
            order.ended(position)
    return times


class _Order:
    """At each host and datastore a step waits for the first so and so many, in the plan's order of ends."""

    def __init__(self, steps: Sequence[PlanStep]) -> None:
        self._steps = steps
        self._entities = [_entities(step.move) for step in steps]
        self._positions = {step.number: position for position, step in enumerate(steps)}
        at: defaultdict[EntityRef, list[int]] = defaultdict(list)
        for position, entities in enumerate(self._entities):
            for entity in entities:
                at[entity].append(position)
        self._queues = {one: sorted(those, key=lambda position: steps[position].end_s) for one, those in at.items()}
        self._ends = {one: [steps[position].end_s for position in queue] for one, queue in self._queues.items()}
        self._done = dict.fromkeys(self._queues, 0)
        self._ended: set[int] = set()

    def may_start(self, position: int) -> bool:
        """Whether all it comes after have ended."""
        step = self._steps[position]
        return all(self._positions[number] in self._ended for number in step.depends_on) and all(
            self._done[entity] >= self._before(entity, position) for entity in self._entities[position]
        )

    def ended(self, position: int) -> None:
        """A step is over."""
        self._ended.add(position)
        for entity in self._entities[position]:
            queue, done = self._queues[entity], self._done[entity]
            while done < len(queue) and queue[done] in self._ended:
                done += 1
            self._done[entity] = done

    def _before(self, entity: EntityRef, position: int) -> int:
        """How many at ``entity`` end, in the plan, before this step starts; a step without length is none of them."""
        count = bisect_right(self._ends[entity], self._steps[position].start_s)
        queue = self._queues[entity]
        while count and queue[count - 1] >= position:
            count -= 1
        return count


def _entities(move: Move) -> set[EntityRef]:
    stores = (store for disk in move.disk_moves for store in (disk.source, disk.destination))
    return {move.vm, move.source, move.destination, *stores}
