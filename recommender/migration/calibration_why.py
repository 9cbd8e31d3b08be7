"""A calibrated time, and why it is what it is: what each level of the hierarchy contributed, on how much history."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.migration.calibration import MigrationCase
from recommender.migration.calibration_intervals import Interval
from recommender.migration.calibration_pairs import PairFit
from recommender.migration.residuals import Judged
from recommender.migration.similar_migrations import Weighted, weighted_median

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Of the columns vm, group, site path: the first that does not differ is the migration's level.
LEVELS: Final = ("this VM", "its group", "its site path", "all others")
AS_MODELLED: Final = "the model itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedTime:
    """``seconds`` at the median; ``p95_s`` and ``spans`` from past errors, ``None`` and empty where they are too few.

    ``calibrated_s`` is what calibration says even where ``is_physical``: the physical model was better lately.
    """

    seconds: float
    p95_s: float | None
    spans: tuple[Interval, ...]
    calibrated_s: float
    is_physical: bool
    why: str


class LevelSaid(NamedTuple):
    """``migrations`` of this level took ``factor`` times what the model says, and decide with ``share`` of the weight.

    ``factor`` is ``None`` where the level has none.
    """

    level: str
    migrations: int
    factor: float | None
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationWhy:
    """``pair`` is applied first, then the weighted median over ``levels``.

    ``model_error`` and ``calibrated_error``: mean errors on the last ``judged`` migrations, of which the better one
    answers. ``errors``: past errors from which p95 is taken. ``learner``: whether one counts beside the levels.
    """

    case: MigrationCase
    pair: PairFit
    levels: tuple[LevelSaid, ...]
    model_error: float | None
    calibrated_error: float | None
    judged: int
    errors: int
    learner: Judged
    said: CalibratedTime


def levels(found: Weighted, differs: BoolArray, log_ratios: FloatArray) -> tuple[LevelSaid, ...]:
    """Each finished migration that counts belongs to the nearest level; the model itself is the last one."""
    return tuple(_levels(found, differs, log_ratios))


def _levels(found: Weighted, differs: BoolArray, log_ratios: FloatArray) -> Iterator[LevelSaid]:
    whole = float(found.weights.sum()) + found.at_model
    left = found.weights > 0
    for number, level in enumerate(LEVELS):
        mine = left & ~differs[:, number] if number < len(LEVELS) - 1 else left
        left = left & ~mine
        factor = exp(weighted_median(log_ratios[mine], found.weights[mine])) if mine.any() else None
        yield LevelSaid(level, int(mine.sum()), factor, float(found.weights[mine].sum()) / whole)
    yield LevelSaid(AS_MODELLED, 0, 1.0, found.at_model / whole)
