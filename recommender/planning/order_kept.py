"""The same plan when migrations take other times: steps start in the plan's order, each after those it came after.

As in carrying a plan out: a step that in the plan starts after another has ended waits for that other where the two
share a host or a datastore. So its units and rules hold however long the migrations take.
"""

from collections import defaultdict
from collections.abc import Sequence

from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.plan import PlanStep
from recommender.planning.running import Running
from recommender.planning.transfer import Transfer


def end_in_same_order(steps: Sequence[PlanStep], transfers: Sequence[Transfer]) -> float:
    """When the last step ends, in seconds from the start; ``steps`` sorted by start, one transfer for each."""
    after = _predecessors(steps)
    running, ended, waiting = Running(), set[int](), 0
    while waiting < len(steps) or len(running):
        while waiting < len(steps) and after[waiting] <= ended:
            running.start(waiting, transfers[waiting])
            waiting += 1
        ended.update(running.advance())
    return running.now_s


def _predecessors(steps: Sequence[PlanStep]) -> list[set[int]]:
    """For each step the positions of those that must have ended before it."""
    positions = {step.number: position for position, step in enumerate(steps)}
    at: defaultdict[EntityRef, list[int]] = defaultdict(list)
    found: list[set[int]] = []
    for position, step in enumerate(steps):
        before = {positions[number] for number in step.depends_on}
        for entity in _entities(step.move):
            before.update(other for other in at[entity] if steps[other].end_s <= step.start_s)
            at[entity].append(position)
        found.append(before)
    return found


def _entities(move: Move) -> set[EntityRef]:
    stores = (store for disk in move.disk_moves for store in (disk.source, disk.destination))
    return {move.vm, move.source, move.destination, *stores}
