"""What similar finished migrations took, relative to what the model said of them: a weighted median.

With a measured dirty rate, similar means size, bandwidth and dirty rate; without one, what happened last says more than
anything else. A small weight at *as modelled* keeps a single odd migration from deciding.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# One unit of distance: a tenth of the memory, 0.05 of λ, a fifth of the bandwidth, a factor of e in the dirty rate.
MEMORY_UNIT: Final = 0.1
RATIO_UNIT: Final = 0.05
BANDWIDTH_UNIT: Final = 0.2
DIRTY_UNIT: Final = 1.0
# What a migration of another VM, group, site path or host pair counts, against one of the same.
OTHER_VM: Final = 0.5
OTHER_GROUP: Final = 0.02
OTHER_SITE_PATH: Final = 0.3
OTHER_HOST_PAIR: Final = 0.7
MOST_SIMILAR: Final = 14
MOST_SIMILAR_UNMEASURED: Final = 50
MODEL_WEIGHT: Final = 0.05
MODEL_WEIGHT_UNMEASURED: Final = 0.02
# So many migrations ago counts half.
RECENT: Final = 2000.0
RECENT_UNMEASURED: Final = 20.0


class Similar(NamedTuple):
    """``log_factor`` to the model's time, from ``number`` migrations that together weigh ``weight``."""

    log_factor: float
    number: int
    weight: float


def features(memory_mib: FloatArray, bandwidth_mib_s: FloatArray, dirty_mib_s: FloatArray) -> FloatArray:
    """The place of migrations among others, a row each; ``nan`` for an unknown dirty rate makes the last two 0."""
    dirty = np.nan_to_num(dirty_mib_s, nan=0.0)
    columns = (
        np.log(memory_mib) / MEMORY_UNIT,
        np.log(bandwidth_mib_s) / BANDWIDTH_UNIT,
        dirty / bandwidth_mib_s / RATIO_UNIT,
        np.log1p(dirty) / DIRTY_UNIT,
    )
    return np.column_stack(columns)


class Weighted(NamedTuple):
    """What each finished migration counts (0: nothing), and what the assumption *as modelled* counts beside them."""

    weights: FloatArray
    at_model: float


def weighted(
    distances_squared: FloatArray, same: FloatArray, *, is_measured: bool, is_same_kind: BoolArray
) -> Weighted:
    """By how alike they are, how much the ``same``, and how recent (oldest first); the most similar ones alone."""
    ages = np.arange(len(same), 0, -1)
    if is_measured:
        weights = 1 / (1 + distances_squared) ** 2 / (1 + ages / RECENT)
        most, at_model = MOST_SIMILAR, MODEL_WEIGHT
    else:
        weights = np.exp(-np.sqrt(distances_squared)) / (1 + ages / RECENT_UNMEASURED)
        most, at_model = MOST_SIMILAR_UNMEASURED, MODEL_WEIGHT_UNMEASURED
    weights = np.where(is_same_kind, weights * same, 0.0)
    if len(weights) > most:
        others = np.argpartition(-weights, most)[most:]
        weights[others] = 0.0
    return Weighted(weights, at_model)


def similar(found: Weighted, log_ratios: FloatArray) -> Similar:
    """The weighted median of ``log_ratios`` (actual over modelled), *as modelled* among them."""
    weights, at_model = found
    counting = weights > 0
    median = weighted_median(np.append(log_ratios[counting], 0.0), np.append(weights[counting], at_model))
    return Similar(median, int(np.count_nonzero(weights > 0.01 * at_model)), float(weights.sum()))


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """The least value at which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
