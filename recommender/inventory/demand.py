"""What a VM is provided for: a statistic of a window of samples, blended with what it uses now."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from recommender.policy import DemandPolicy, DemandStatistic

MAX_PERCENT: Final = 100


def blended(now: int | None, window: Sequence[float], policy: DemandPolicy) -> int | None:
    """The demand by the policy's statistic; ``now`` alone where the window is empty, ``None`` if nothing was measured.

    The result is ``now_share`` · now + (1 - ``now_share``) · statistic, rounded up.
    """
    if not window or policy.statistic is DemandStatistic.NOW:
        return now
    of_window = _statistic(window, policy)
    if now is None:
        return ceil(of_window)
    return ceil(policy.now_share * now + (1.0 - policy.now_share) * of_window)


def percentile(samples: Iterable[float], percent: float) -> float:
    """The smallest sample that at least ``percent`` of all do not exceed (nearest rank)."""
    ranked = sorted(samples)
    return ranked[max(0, ceil(len(ranked) * percent / MAX_PERCENT) - 1)]


def _statistic(window: Sequence[float], policy: DemandPolicy) -> float:
    if policy.statistic is DemandStatistic.MEAN:
        return sum(window) / len(window)
    if policy.statistic is DemandStatistic.PEAK:
        return max(window)
    return percentile(window, policy.percent)
