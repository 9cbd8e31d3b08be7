"""Splitting moves over several windows: in each as much as is promised to be over when it closes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.constraints.base import Constraint
from recommender.inventory.inventory import Inventory
from recommender.placement.answer import inventory_after
from recommender.placement.result import Move
from recommender.planning.plan import Plan
from recommender.planning.schedule import schedule
from recommender.planning.windows.window import WindowAnswer, window_answer
from recommender.policy import Policy

WINDOWS: Final = 60  # more nights than this are no plan
TRIALS: Final = 8  # to find what fits one window: without some VMs the others come in another order


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPlan:
    """What is done in one window, and whether it fits."""

    plan: Plan
    answer: WindowAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """``parts`` in the order of the windows; ``left`` fits no window, ``reason`` says why, with numbers."""

    parts: tuple[WindowPlan, ...]
    left: tuple[Move, ...]
    reason: str = ""


def split_over_windows(
    inventory: Inventory,
    policy: Policy,
    moves: Sequence[Move],
    constraints: Sequence[Constraint],
    window_s: float,
    seed: int = 0,
) -> Split:
    """``moves`` over windows of ``window_s`` seconds each; every rule is kept in each, and at its end.

    A window's part starts from where the ones before it end. What other moves block stays for a later window, and is
    left if nothing more can be made.
    """
    parts: list[WindowPlan] = []
    left = tuple(moves)
    while left and len(parts) < WINDOWS:
        part, told = part_of(inventory, policy, left, constraints, window_s, seed)
        if part is None:
            return Split(parts=tuple(parts), left=left, reason=told)
        parts.append(part)
        made = [step.move for step in part.plan.steps]
        inventory = inventory_after(inventory, made)
        gone = {move.vm for move in made}
        left = tuple(move for move in left if move.vm not in gone)
    return Split(parts=tuple(parts), left=left, reason=f"more than {WINDOWS} windows" if left else "")


def part_of(
    inventory: Inventory,
    policy: Policy,
    left: Sequence[Move],
    constraints: Sequence[Constraint],
    window_s: float,
    seed: int,
) -> tuple[WindowPlan | None, str]:
    """As much of ``left`` as is promised to be over in a window of ``window_s``, or ``None`` and why nothing is."""
    chosen = list(left)
    for _ in range(TRIALS):
        plan = schedule(inventory, policy, chosen, constraints)
        answer = window_answer(plan, window_s, seed)
        if not plan.steps:
            return None, plan.blocked[0].reason if plan.blocked else ""
        if not answer.left:
            return WindowPlan(plan=plan, answer=answer), ""
        late = set(answer.left)
        kept = [move for move in chosen if move.vm not in late]
        if not kept:
            break
        chosen = kept
    shortest = min(left, key=lambda move: (move.estimate.duration_p95_s, move.vm))
    only = schedule(inventory, policy, [shortest], constraints)
    answer = window_answer(only, window_s, seed)
    if only.steps and not answer.left:
        return WindowPlan(plan=only, answer=answer), ""
    takes_s = shortest.estimate.duration_p95_s
    return None, f"even the shortest migration takes {takes_s:.0f} s (p95), a window has {window_s:.0f} s"
