"""Gradient boosting for what is left beside the model: scikit-learn's, where the extra ``learner`` is installed."""

from functools import cache
from importlib.util import find_spec

from recommender.migration.residuals import MakeLearner, ResidualLearner


@cache
def boosted_residuals() -> MakeLearner | None:
    """How to make a learner; ``None`` without the extra."""
    return _make if find_spec("sklearn") is not None else None


def _make(number_columns: int, code_columns: int) -> ResidualLearner:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415  # heavy, and optional

    # The median is what is predicted elsewhere too, so that one migration that hung changes nothing.
    learner: ResidualLearner = HistGradientBoostingRegressor(
        loss="absolute_error",
        learning_rate=0.1,
        max_iter=150,
        min_samples_leaf=8,
        categorical_features=list(range(number_columns, number_columns + code_columns)),
        random_state=0,
    )
    return learner
