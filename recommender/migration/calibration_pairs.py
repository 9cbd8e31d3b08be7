"""Effective bandwidth and overhead of a host pair, from its quiet migrations: actual = overhead + slowness · predicted.

Theil and Sen's line: the median of the slopes between all pairs of points, then the median of what is left. A third of
the points may be anything.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# A guest that writes less than a tenth of what is sent adds next to nothing: its time tells the bandwidth.
QUIET_RATIO: Final = 0.1
FEWEST_QUIET: Final = 8
MOST_QUIET: Final = 60
# Sizes must differ by so much for an overhead to be told from a slower link.
LEAST_SPREAD: Final = 1.5
# So many migrations count as much as the assumption that the model is right.
CAUTION: Final = 4.0
WIDEST: Final = 4.0  # a link is not learnt to be faster or slower than this


class PairFit(NamedTuple):
    """``overhead_s`` and ``slowness`` of a host pair (0 and 1: as modelled), from ``number`` quiet migrations."""

    overhead_s: float = 0.0
    slowness: float = 1.0
    number: int = 0


def pair_fit(predicted_s: FloatArray, actual_s: FloatArray) -> PairFit:
    """The line through quiet migrations of one pair, oldest first, drawn towards *as modelled* where they are few."""
    predicted, actual = predicted_s[-MOST_QUIET:], actual_s[-MOST_QUIET:]
    count = len(predicted)
    if count < FEWEST_QUIET:
        return PairFit(number=count)
    trust = count / (count + CAUTION)
    low, high = np.quantile(predicted, (0.1, 0.9))
    if high < LEAST_SPREAD * low:
        ratio = float(np.clip(np.median(actual / predicted), 1 / WIDEST, WIDEST))
        return PairFit(slowness=ratio**trust, number=count)
    first, second = np.triu_indices(count, 1)
    run = predicted[second] - predicted[first]
    far = np.abs(run) > 1e-9 * high
    slopes = (actual[second] - actual[first])[far] / run[far]
    slowness = float(np.clip(np.median(slopes), 1 / WIDEST, WIDEST)) ** trust
    # An overhead below 0 would make small migrations impossible; the slope alone then says what can be said.
    overhead = max(0.0, float(np.median(actual - slowness * predicted))) * trust
    return PairFit(overhead_s=overhead, slowness=slowness, number=count)
