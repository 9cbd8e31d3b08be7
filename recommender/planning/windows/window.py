"""Whether a plan is over in time: *yes* with a probability, or *no* with what is left and what would do."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.inventory.reference import EntityRef
from recommender.planning.plan import Plan
from recommender.planning.windows.finish_times import finish_times_s

PROMISED: Final = 0.95  # what is said to fit does so in this share of all cases


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowAnswer:
    """Seconds count from the plan's start, at which the window opens.

    ``probability`` (0 … 1) that everything has ended when the window closes. ``finish_p50_s`` and ``finish_p95_s``:
    when all has ended in half, and in 95 of 100 cases. ``last_start_s``: the latest start, within the window, of a
    plan that is still promised to fit; ``None`` if there is none. ``left``: VMs that are promised no end in the
    window, those that end last first; without them the plan would fit. ``blocked``: VMs that no window helps.
    """

    window_s: float
    probability: float
    finish_p50_s: float
    finish_p95_s: float
    last_start_s: float | None
    left: tuple[EntityRef, ...]
    blocked: tuple[EntityRef, ...]

    @property
    def fits(self) -> bool:
        """Whether the plan is promised to be over in time."""
        return self.probability >= PROMISED and not self.blocked


def window_answer(plan: Plan, window_s: float, seed: int = 0) -> WindowAnswer:
    """Whether ``plan``, started when the window opens, has ended ``window_s`` later. Same seed, same answer."""
    blocked = tuple(dict.fromkeys(move.vm for group in plan.blocked for move in group.moves))
    if not plan.steps:
        return WindowAnswer(
            window_s=window_s,
            probability=1.0,
            finish_p50_s=0.0,
            finish_p95_s=0.0,
            last_start_s=window_s,
            left=(),
            blocked=blocked,
        )
    ends = finish_times_s(plan, seed)
    finish = ends.max(axis=0)
    # The first of the cases at which so many are over: a value between two of them would promise more than was seen.
    p50, p95 = (float(np.quantile(finish, share, method="inverted_cdf")) for share in (0.5, PROMISED))
    return WindowAnswer(
        window_s=window_s,
        probability=float((finish <= window_s).mean()),
        finish_p50_s=p50,
        finish_p95_s=p95,
        last_start_s=window_s - p95 if p95 <= window_s else None,
        left=_left(plan, ends, window_s),
        blocked=blocked,
    )


def _left(
    plan: Plan, ends: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", window_s: float
) -> tuple[EntityRef, ...]:
    """As few as have to go so that what remains is promised, latest first; steps of one VM go together."""
    latest: dict[EntityRef, float] = {}
    rows: dict[EntityRef, list[int]] = {}
    for position, step in enumerate(plan.steps):
        latest[step.move.vm] = max(latest.get(step.move.vm, 0.0), step.end_s)
        rows.setdefault(step.move.vm, []).append(position)
    order = sorted(latest, key=lambda vm: (latest[vm], vm))
    over = np.zeros(ends.shape[1])
    for count, vm in enumerate(order):
        over = np.maximum(over, ends[rows[vm]].max(axis=0))
        if (over <= window_s).mean() < PROMISED:
            return tuple(reversed(order[count:]))
    return ()
