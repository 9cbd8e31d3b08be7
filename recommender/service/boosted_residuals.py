"""Gradient boosting for what is left beside the model: scikit-learn's, where the extra ``learner`` is installed."""

from contextlib import AbstractContextManager
from functools import cache
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from recommender.migration.residuals import MakeLearner, ResidualLearner

FloatArray = npt.NDArray[np.float64]


@cache
def boosted_residuals() -> MakeLearner | None:
    """How to make a learner; ``None`` without the extra."""
    return _make if find_spec("sklearn") is not None else None


def _make(number_columns: int, code_columns: int) -> ResidualLearner:
    return _Boosted(list(range(number_columns, number_columns + code_columns)))


class _Boosted:
    def __init__(self, codes: list[int]) -> None:
        from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415  # heavy, and optional

        # The median is what is predicted elsewhere too, so that one migration that hung changes nothing.
        self._trees = HistGradientBoostingRegressor(
            loss="absolute_error",
            learning_rate=0.1,
            max_iter=150,
            min_samples_leaf=8,
            categorical_features=codes,
            random_state=0,
        )

    def fit(self, rows: FloatArray, log_ratios: FloatArray) -> object:
        with _one_thread():
            return self._trees.fit(rows, log_ratios)

    def predict(self, rows: FloatArray) -> FloatArray:
        with _one_thread():
            said: FloatArray = self._trees.predict(rows)
            return said


def _one_thread() -> AbstractContextManager[object]:
    """Its threads wait for each other by spinning: beside other work on the machine that costs more than it saves."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # comes with scikit-learn

    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
