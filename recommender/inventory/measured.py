"""A figure that was sampled for a while: its newest value, and what it seldom exceeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.inventory.demand import percentile

SELDOM_PERCENT: Final = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``newest``, and ``p95``: what 95 of 100 samples of the last ``window_s`` seconds do not exceed.

    The unit is told by the name of whatever holds it. ``window_s`` is what samples cover, which is less than what was
    wished for where measuring has just begun.
    """

    __pydantic_config__ = {"extra": "forbid"}

    newest: float
    p95: float
    window_s: int


def measured(samples: Sequence[float], interval_s: int) -> Measured | None:
    """Of samples each of which stands for ``interval_s``, oldest first; ``None`` where there are none."""
    if not samples:
        return None
    return Measured(newest=samples[-1], p95=percentile(samples, SELDOM_PERCENT), window_s=len(samples) * interval_s)
