"""What must be right about a plan before any rule is asked: numbers, order, times, and nothing lost or doubled."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from recommender.inventory.reference import EntityRef
from recommender.placement.result import DiskMove, Move
from recommender.planning.plan import Plan
from recommender.planning.replay.finding import Finding

ROUNDING_S: Final = 1e-6


def shape_findings(plan: Plan, moves: Sequence[Move] | None) -> Iterator[Finding]:
    """Findings that the plan alone, and the moves it was made for, give away."""
    yield from _times(plan)
    yield from _blocked(plan)
    if moves is not None:
        yield from _coverage(plan, moves)


def _times(plan: Plan) -> Iterator[Finding]:
    last_start_s = 0.0
    for position, step in enumerate(plan.steps, start=1):
        if step.number != position:
            yield _at_step(step.number, step.start_s, f"it stands in place {position}: numbers run from 1")
        if step.start_s < last_start_s:
            yield _at_step(
                step.number, step.start_s, f"it starts before the step in front of it ({last_start_s:.1f} s)"
            )
        last_start_s = max(last_start_s, step.start_s)
        shortest_s = step.move.estimate.duration_p50_s
        if step.end_s - step.start_s < shortest_s - ROUNDING_S:
            lasts_s = step.end_s - step.start_s
            yield _at_step(step.number, step.start_s, f"it lasts {lasts_s:.1f} s, but alone takes {shortest_s:.1f} s")
    end_s = max((step.end_s for step in plan.steps), default=0.0)
    if abs(plan.makespan_s - end_s) > ROUNDING_S:
        yield _of_plan(end_s, f"its makespan is told as {plan.makespan_s:.1f} s, its last step ends at {end_s:.1f} s")
    if plan.makespan_p95_s < plan.makespan_s - ROUNDING_S:
        yield _of_plan(end_s, f"its makespan at p95 ({plan.makespan_p95_s:.1f} s) is shorter than the median one")
    if plan.makespan_lower_bound_s > plan.makespan_s + ROUNDING_S:
        yield _of_plan(end_s, f"its lower bound ({plan.makespan_lower_bound_s:.1f} s) is above its makespan")


def _blocked(plan: Plan) -> Iterator[Finding]:
    made = {_key(step.move) for step in plan.steps}
    seen: set[tuple[EntityRef, EntityRef, EntityRef]] = set()
    for key in (_key(move) for group in plan.blocked for move in group.moves):
        if key in seen:
            yield _of_plan(0.0, f"the move of {key[0]} is blocked twice")
        if key in made:
            yield _of_plan(0.0, f"the move of {key[0]} is both a step and blocked")
        seen.add(key)


def _key(move: Move) -> tuple[EntityRef, EntityRef, EntityRef]:
    return (move.vm, move.source, move.destination)


def _coverage(plan: Plan, moves: Sequence[Move]) -> Iterator[Finding]:
    """Each VM is brought by its steps where the moves that are not blocked bring it, disks included."""
    blocked = [move for group in plan.blocked for move in group.moves]
    wanted: defaultdict[EntityRef, list[Move]] = defaultdict(list)
    made: defaultdict[EntityRef, list[Move]] = defaultdict(list)
    for move in moves:
        if move not in blocked:
            wanted[move.vm].append(move)
    for step in plan.steps:
        made[step.move.vm].append(step.move)
    for move in blocked:
        if move not in moves:
            yield _of_plan(0.0, f"the move of {move.vm} is blocked, but nobody asked for it")
    for vm in sorted(wanted.keys() | made.keys()):
        asked, done = _effect(wanted[vm]), _effect(made[vm])
        if asked != done:
            yield _of_plan(0.0, f"its steps do not make the moves asked for {vm}, or not once")


def _effect(moves: Sequence[Move]) -> tuple[frozenset[EntityRef], frozenset[EntityRef], frozenset[DiskMove]]:
    """Where they lead together: a host that is both entered and left counts for neither."""
    left, entered = {move.source for move in moves}, {move.destination for move in moves}
    disks = frozenset(disk for move in moves for disk in move.disk_moves)
    return frozenset(left - entered), frozenset(entered - left), disks


def _at_step(number: int, at_s: float, reason: str) -> Finding:
    return Finding(step=number, at_s=at_s, reason=reason)


def _of_plan(at_s: float, reason: str) -> Finding:
    return Finding(step=None, at_s=at_s, reason=reason)
