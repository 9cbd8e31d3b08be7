"""How far predictions are off: the relative error of a time, as the figures of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

Pair = tuple[float, float]  # predicted, actual seconds


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Mean, median and 90th percentile of |predicted / actual − 1| in per cent, over ``number`` migrations."""

    number: int
    mean: float
    median: float
    p90: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} / {self.median:.1f} / {self.p90:.1f}"


def accuracy(pairs: Sequence[Pair]) -> Accuracy:
    """Of at least one pair."""
    errors = sorted(100 * abs(predicted / actual - 1) for predicted, actual in pairs)
    median, p90 = (errors[ceil(len(errors) * share) - 1] for share in (0.5, 0.9))
    return Accuracy(len(errors), sum(errors) / len(errors), median, p90)


def line(what: str, pairs: Sequence[Pair], aim: str) -> str:
    """One line of the table."""
    if not pairs:
        return f"| {what} | 0 | {aim} | no such rows |"
    found = accuracy(pairs)
    return f"| {what} | {found.number} | {aim} | {found} |"
