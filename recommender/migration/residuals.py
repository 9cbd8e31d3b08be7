"""Learning what is left beside the model by other means too, where that wins on history that was held back.

Its answer and that of similar migrations count half each: they err in different manners, and together less than
either (measured).

What the learner is, is the caller's affair (``service/boosted_residuals.py`` has one). It is fitted anew from the
calibration wherever it is used; nothing fitted is ever kept or carried elsewhere.
"""

from collections.abc import Callable, Sequence
from math import exp, log
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from recommender.migration.calibration import FinishedMigration, MigrationCase

FloatArray = npt.NDArray[np.float64]

FEWEST: Final = 100  # below that, similar migrations and the model itself are better (measured)
HELD_BACK: Final = 0.2  # the newest part of the history, on which it has to win
NAMES: Final = ("vm", "group", "site_path", "host_pair")
MOST_NAMES: Final = 250  # of each kind; the rest are *others*


class ResidualLearner(Protocol):
    """Fits numbers (rows of features, ``nan`` where unknown; names as codes in the last columns) to log ratios."""

    def fit(self, rows: FloatArray, log_ratios: FloatArray) -> object: ...

    def predict(self, rows: FloatArray) -> FloatArray: ...


MakeLearner = Callable[[int, int], ResidualLearner]  # columns of numbers, then so many of codes
NUMBERS: Final = 5
UNKNOWN: Final = -1.0  # a dirty rate; a tree tells it from all others


class Residuals:
    """A learner that was fitted to ``finished`` migrations."""

    def __init__(self, make: MakeLearner, finished: Sequence[FinishedMigration]) -> None:
        self._codes = [_codes([getattr(one.case, name) for one in finished]) for name in NAMES]
        self._foreseen: dict[MigrationCase, float] = {}
        self._learner = make(NUMBERS, len(NAMES))
        ratios = np.array([log(one.actual_s / one.case.physical_s) for one in finished])
        self._learner.fit(self._rows([one.case for one in finished]), ratios)

    def foresee(self, cases: Sequence[MigrationCase]) -> None:
        """Answer all of these at once, and remember: one by one costs a hundred times as much."""
        if cases:
            said = self._learner.predict(self._rows(cases))
            self._foreseen.update(zip(cases, map(float, said), strict=True))

    def seconds(self, case: MigrationCase) -> float:
        """The total time of ``case``."""
        if case not in self._foreseen:
            self.foresee([case])
        return case.physical_s * exp(self._foreseen[case])

    def log_errors(self, finished: Sequence[FinishedMigration]) -> FloatArray:
        """How far it is off on these."""
        said = self._learner.predict(self._rows([one.case for one in finished]))
        return np.array([log(one.actual_s / one.case.physical_s) for one in finished]) - said

    def _rows(self, cases: Sequence[MigrationCase]) -> FloatArray:
        rows = []
        for case in cases:
            dirty = UNKNOWN if case.dirty_mib_s is None else case.dirty_mib_s
            codes = [code.get(getattr(case, name), np.nan) for name, code in zip(NAMES, self._codes, strict=True)]
            numbers = (np.log(case.memory_mib), np.log(case.bandwidth_mib_s), dirty / case.bandwidth_mib_s)
            rows.append((*numbers, dirty, np.log(case.physical_s), *codes))
        return np.array(rows, dtype=np.float64)


class Judged(NamedTuple):
    """``residuals`` if they won; mean errors (of logarithms) on the newest part with them and without.

    ``None`` where there was too little history to ask.
    """

    residuals: Residuals | None = None
    with_them: float | None = None
    without: float | None = None


def judged_residuals(
    make: MakeLearner,
    finished: Sequence[FinishedMigration],
    others_log_errors: Callable[[Sequence[FinishedMigration], Sequence[FinishedMigration]], FloatArray],
) -> Judged:
    """Fitted to all of ``finished`` (oldest first, one kind), if the newest part would have been predicted better.

    ``others_log_errors``: the errors without them on its second argument, knowing the first alone.
    """
    if len(finished) < FEWEST:
        return Judged()
    cut = round(len(finished) * (1 - HELD_BACK))
    known, held_back = finished[:cut], finished[cut:]
    others = others_log_errors(known, held_back)
    together = (others + Residuals(make, known).log_errors(held_back)) / 2
    with_them, without = float(np.abs(together).mean()), float(np.abs(others).mean())
    return Judged(Residuals(make, finished) if with_them < without else None, with_them, without)


def _codes(names: Sequence[str]) -> dict[str, float]:
    """A number for each name, the most frequent first; nothing for the empty name and the rarest."""
    count: dict[str, int] = {}
    for name in names:
        if name:
            count[name] = count.get(name, 0) + 1
    often = sorted(count, key=lambda name: (-count[name], name))[:MOST_NAMES]
    return {name: float(number) for number, name in enumerate(often)}
