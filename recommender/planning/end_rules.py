"""Rules that may be broken on the way and must hold at the end of a plan, such as *keep together*."""

from collections.abc import Iterable, Sequence

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import violations_in
from recommender.inventory.inventory import Inventory
from recommender.placement.result import Move


def newly_broken(
    start: Inventory, end: Inventory, constraints: Sequence[Constraint], moves: Iterable[Move]
) -> tuple[Violation, ...]:
    """What the moved VMs break at the end that they did not break at the start."""
    refs = sorted({move.vm for move in moves})
    at_end = [rule for rule in constraints if not rule.continuous]
    before = violations_in(at_end, start, [start.vm(ref) for ref in refs])
    after = violations_in(at_end, end, [end.vm(ref) for ref in refs])
    return tuple(
        broken
        for broken in after
        if not any(was.place == broken.place and set(broken.vms) <= set(was.vms) for was in before)
    )
