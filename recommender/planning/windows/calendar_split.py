"""Moves of VMs that have windows of their own, each in its own: part after part, one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.result import Move
from recommender.planning.windows.split import WINDOWS, WindowPlan, part_of
from recommender.policy import Policy

NO_END: Final = timedelta(days=7)  # of a VM that may move at any time


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTimes:
    """``open_until``: until when a VM's migration may run that starts then, ``None`` for no end, or why it may not.

    ``next_opening``: when that is asked again, later than then; ``None`` for never.
    """

    open_until: Callable[[EntityRef, datetime], datetime | str | None]
    next_opening: Callable[[EntityRef, datetime], datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedPart:
    """A part that is begun at ``opens_at``; the window of all its VMs closes at ``closes_at``."""

    opens_at: datetime
    closes_at: datetime
    part: WindowPlan

    @property
    def last_start_at(self) -> datetime:
        """The latest start at which it is still promised to be over in time."""
        return self.opens_at + timedelta(seconds=self.part.answer.last_start_s or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSplit:
    """``parts`` in the order of their starts; ``left`` are moves that no window holds, each VM with the reason."""

    parts: tuple[DatedPart, ...]
    left: tuple[tuple[Move, str], ...]


def split_over_calendar(
    inventory: Inventory,
    policy: Policy,
    moves: Sequence[Move],
    constraints: Sequence[Constraint],
    times: MoveTimes,
    starts_at: datetime,
    seed: int = 0,
) -> CalendarSplit:
    """``moves`` in windows of their own from ``starts_at`` (aware UTC) on; every rule is kept in each part.

    Parts come one after the other: the next begins when the one before is promised (p95) to be over, so that windows
    that overlap do not share hosts and links unseen.
    """
    parts: list[DatedPart] = []
    left, now = list(moves), starts_at
    reasons: dict[EntityRef, str] = {}
    while left and len(parts) < WINDOWS:
        found = _next_part(inventory, policy, left, constraints, times, now, seed, reasons)
        if found is not None:
            parts.append(found)
            made = [step.move for step in found.part.plan.steps]
            inventory = inventory_after(inventory, made)
            gone = {move.vm for move in made}
            left = [move for move in left if move.vm not in gone]
            now += timedelta(seconds=found.part.answer.finish_p95_s)
            continue
        openings = [at for move in left if (at := times.next_opening(move.vm, now)) is not None]
        if not openings or min(openings) - starts_at > timedelta(days=400):
            break
        now = min(openings)
    why = f"more than {WINDOWS} windows" if len(parts) >= WINDOWS else "it has no window"
    return CalendarSplit(parts=tuple(parts), left=tuple((move, reasons.get(move.vm, why)) for move in left))


def _next_part(
    inventory: Inventory,
    policy: Policy,
    left: Sequence[Move],
    constraints: Sequence[Constraint],
    times: MoveTimes,
    now: datetime,
    seed: int,
    reasons: dict[EntityRef, str],
) -> DatedPart | None:
    """What can be begun now, of the windows that close first; why it cannot goes into ``reasons``."""
    groups: dict[datetime, list[Move]] = {}
    for move in left:
        until = times.open_until(move.vm, now)
        if isinstance(until, str):
            reasons.setdefault(move.vm, until)
        else:
            groups.setdefault(now + NO_END if until is None else until, []).append(move)
    for closes_at, group in sorted(groups.items()):
        part, told = part_of(inventory, policy, group, constraints, (closes_at - now).total_seconds(), seed)
        if part is not None:
            return DatedPart(opens_at=now, closes_at=closes_at, part=part)
        reasons.update((move.vm, told) for move in group)
    return None
