"""Intervals that mean what they say: quantiles of the errors of the last predictions, and how often they held.

Split conformal prediction on a rolling window (Vovk et al., *Algorithmic Learning in a Random World*, 2005): the
quantiles of n past errors are taken at (n + 1) · share, so that a new error of the same kind is within as often as
said.
Errors of one night, which go together, are together in the window and widen it.
"""

from math import ceil, exp, floor
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

WINDOW: Final = 100
FEWEST_ERRORS: Final = 19  # with fewer no interval of 95 % can be had
SHARES: Final = (0.5, 0.8, 0.9, 0.95)


class Interval(NamedTuple):
    """From ``low_s`` to ``high_s`` with the probability ``share``."""

    share: float
    low_s: float
    high_s: float


def intervals(predicted_s: float, log_errors: FloatArray) -> tuple[Interval, ...]:
    """Two-sided, one for each of ``SHARES``; none where there were too few. ``log_errors``: actual over given."""
    errors = np.sort(log_errors[-WINDOW:])
    count = len(errors)
    if count < FEWEST_ERRORS:
        return ()
    found = []
    for share in SHARES:
        tail = (1 - share) / 2
        low = max(0, floor(tail * (count + 1)) - 1)
        high = min(count - 1, ceil((1 - tail) * (count + 1)) - 1)
        found.append(Interval(share, predicted_s * exp(errors[low]), predicted_s * exp(errors[high])))
    return tuple(found)


def one_sided_p95_s(predicted_s: float, log_errors: FloatArray) -> float | None:
    """What 95 of 100 do not exceed; ``None`` where there were too few."""
    errors = np.sort(log_errors[-WINDOW:])
    if len(errors) < FEWEST_ERRORS:
        return None
    return predicted_s * exp(errors[min(len(errors), ceil(0.95 * (len(errors) + 1))) - 1])


def coverage(log_errors: FloatArray) -> dict[float, float]:
    """The share of past errors that was within the interval given before each, by the interval's share."""
    held: dict[float, list[bool]] = {share: [] for share in SHARES}
    for position in range(FEWEST_ERRORS, len(log_errors)):
        for share, low, high in intervals(1.0, log_errors[:position]):
            held[share].append(low <= exp(log_errors[position]) <= high)
    return {share: sum(seen) / len(seen) for share, seen in held.items() if seen}


def coverage_of_p95(log_errors: FloatArray) -> float | None:
    """The share of past errors that was below the one-sided p95 given before each; ``None`` before there was one."""
    held = [
        exp(log_errors[position]) <= p95
        for position in range(FEWEST_ERRORS, len(log_errors))
        if (p95 := one_sided_p95_s(1.0, log_errors[:position])) is not None
    ]
    return sum(held) / len(held) if held else None
