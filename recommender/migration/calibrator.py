"""Asking a calibration, and adding to it, one migration after the other."""

from collections.abc import Sequence
from math import exp, log, nan
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.migration.calibration import Calibration, FinishedMigration, MigrationCase, is_usable
from recommender.migration.calibration_intervals import WINDOW, intervals, one_sided_p95_s
from recommender.migration.calibration_pairs import QUIET_RATIO, PairFit, pair_fit
from recommender.migration.calibration_why import CalibratedTime, CalibrationWhy, levels
from recommender.migration.residuals import FEWEST, Judged, MakeLearner, judged_residuals
from recommender.migration.similar_migrations import (
    OTHER_GROUP,
    OTHER_HOST_PAIR,
    OTHER_SITE_PATH,
    OTHER_VM,
    Weighted,
    features,
    similar,
    weighted,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

TRAILING: Final = 50  # migrations on which calibration must not be worse than the physical model
FEWEST_TO_JUDGE: Final = 5
WIDEST_LOG: Final = 3.0  # nothing is predicted to take more than e³ = 20 times what the model says, or less

GROWN: Final = 1.1

_KINDS: Final = ("vm", "group", "site_path", "host_pair")
_UNKNOWN: Final = -1


class Calibrator:
    """Holds a growing ``Calibration`` in arrays.

    ``learner``: how to make what also learns what is left beside the model, where it wins; ``None``: nothing does.
    """

    def __init__(self, calibration: Calibration | None = None, learner: MakeLearner | None = None) -> None:
        self._learner = learner
        self._judged: dict[bool, tuple[int, Judged]] = {}
        self._finished = list((calibration or Calibration()).finished)
        self._names: dict[tuple[str, str], int] = {}
        self._fits: dict[int, PairFit] = {}
        self._table: FloatArray = np.zeros((0, 8))
        self._key_table = np.zeros((0, len(_KINDS)), dtype=np.int64)
        self._features: FloatArray = np.zeros((0, 4))
        self._log_ratios: FloatArray = np.zeros(0)
        if self._finished:
            self._append(self._finished)
        for pair in np.unique(self._key_table[:, 3]):
            self._fit(int(pair))

    @property
    def calibration(self) -> Calibration:
        """The state so far."""
        return Calibration().with_finished(self._finished)

    def predict(self, case: MigrationCase) -> CalibratedTime:
        """The total time of ``case``, from all that finished before."""
        measured = case.dirty_mib_s is not None
        kind = np.isnan(self._table[:, 2]) != measured
        calibrated_s, why = self._calibrated(case, kind)
        table = self._table[kind]
        is_physical = self._model_was_better(table)
        seconds = case.physical_s if is_physical else calibrated_s
        if is_physical:
            why = f"the physical model was better on the last {min(TRAILING, len(table))} migrations: {why} is not used"
        last = table[-WINDOW:]
        errors = np.log(last[:, 6] / last[:, 5])
        return CalibratedTime(
            seconds=seconds,
            p95_s=one_sided_p95_s(seconds, errors),
            spans=intervals(seconds, errors),
            calibrated_s=calibrated_s,
            is_physical=is_physical,
            why=why,
        )

    def foresee(self, cases: Sequence[MigrationCase]) -> None:
        """All of these will be asked about: what a learner says of them is cheaper to have at once."""
        for is_measured in (False, True):
            kind = np.isnan(self._table[:, 2]) != is_measured
            residuals = self._judged_learner(kind, is_measured=is_measured).residuals
            if residuals is not None:
                residuals.foresee([case for case in cases if (case.dirty_mib_s is not None) == is_measured])

    def learn(self, case: MigrationCase, actual_s: float) -> None:
        """``case`` is over after ``actual_s``; nothing is learnt from a migration with numbers that make no sense."""
        if not is_usable(case, actual_s):
            return
        said = self.predict(case)
        one = FinishedMigration(case=case, calibrated_s=said.calibrated_s, given_s=said.seconds, actual_s=actual_s)
        self._finished.append(one)
        self._append([one])
        self._fit(int(self._key_table[-1, 3]))

    def explain(self, case: MigrationCase) -> CalibrationWhy:
        """How ``predict`` comes to its answer, level by level."""
        kind = np.isnan(self._table[:, 2]) != (case.dirty_mib_s is not None)
        counted, differs = self._counted(case, kind)
        last = self._table[kind][-TRAILING:]
        physical, calibrated = (np.abs(np.log(last[:, 6] / last[:, column])) for column in (3, 4))
        return CalibrationWhy(
            case=case,
            pair=self._fits.get(self._keys_of(case)[3], PairFit()),
            levels=levels(counted, differs, self._log_ratios),
            model_error=float(np.expm1(physical.mean())) if len(last) else None,
            calibrated_error=float(np.expm1(calibrated.mean())) if len(last) else None,
            judged=len(last),
            errors=min(WINDOW, int(kind.sum())),
            learner=self._judged_learner(kind, is_measured=case.dirty_mib_s is not None),
            said=self.predict(case),
        )

    def pair_fits(self) -> dict[str, PairFit]:
        """What was learnt of each host pair."""
        return {name: self._fits[key] for (kind, name), key in self._names.items() if kind == "host_pair"}

    def _calibrated(self, case: MigrationCase, kind: BoolArray) -> tuple[float, str]:
        keys = self._keys_of(case)
        fit = self._fits.get(keys[3], PairFit())
        base_s = fit.overhead_s + fit.slowness * case.physical_s
        if not len(self._finished):
            return base_s, "nothing is learnt yet"
        counted, differs = self._counted(case, kind)
        found = similar(counted, self._log_ratios)
        log_factor = max(-WIDEST_LOG, min(WIDEST_LOG, found.log_factor))
        link = f"its host pair takes {fit.slowness:.2f} × the model + {fit.overhead_s:.1f} s" if fit.number else ""
        own = int(np.count_nonzero(kind & ~differs[:, 0])) if case.vm else 0
        group = int(np.count_nonzero(kind & ~differs[:, 1])) if case.group else 0
        why = f"{found.number} similar migrations took {exp(log_factor):.2f} × that"
        why += f" (known: {own} of this VM, {group} of its group)"
        seconds, also = base_s * exp(log_factor), ""
        judged = self._judged_learner(kind, is_measured=case.dirty_mib_s is not None)
        if judged.residuals is not None:
            learner_s = judged.residuals.seconds(case)
            seconds = (seconds * learner_s) ** 0.5
            also = f"the learner says {learner_s:.1f} s and counts half, since that was better on held-back history"
        return seconds, "; ".join(part for part in (link, why, also) if part)

    def _judged_learner(self, kind: BoolArray, *, is_measured: bool) -> Judged:
        """Asked anew whenever the history has grown by a tenth."""
        if self._learner is None:
            return Judged()
        asked_at, judged = self._judged.get(is_measured, (0, Judged()))
        number = int(kind.sum())
        if number >= FEWEST and number >= GROWN * asked_at:
            finished = [one for one, same in zip(self._finished, kind, strict=True) if same]
            judged = judged_residuals(self._learner, finished, _log_errors_without)
            self._judged[is_measured] = (number, judged)
        return judged

    def _counted(self, case: MigrationCase, kind: BoolArray) -> tuple[Weighted, BoolArray]:
        """What each finished migration counts, and in which of its names it differs from ``case``."""
        dirty = nan if case.dirty_mib_s is None else case.dirty_mib_s
        place = features(np.array([case.memory_mib]), np.array([case.bandwidth_mib_s]), np.array([dirty]))
        distances = ((self._features - place) ** 2).sum(axis=1)
        differs = self._key_table != np.array(self._keys_of(case))
        counts = np.array([OTHER_VM, OTHER_GROUP, OTHER_SITE_PATH, OTHER_HOST_PAIR])
        same = np.prod(np.where(differs, counts, 1.0), axis=1)
        return weighted(distances, same, is_measured=case.dirty_mib_s is not None, is_same_kind=kind), differs

    def _model_was_better(self, table: FloatArray) -> bool:
        last = table[-TRAILING:]
        if len(last) < FEWEST_TO_JUDGE:
            return False
        physical, calibrated = (np.abs(np.log(last[:, 6] / last[:, column])).mean() for column in (3, 4))
        return bool(physical < calibrated)

    def _keys_of(self, case: MigrationCase) -> tuple[int, ...]:
        return tuple(self._names.get((kind, getattr(case, kind)), _UNKNOWN) for kind in _KINDS)

    def _append(self, more: Sequence[FinishedMigration]) -> None:
        for one in more:
            for kind in _KINDS:
                self._names.setdefault((kind, getattr(one.case, kind)), len(self._names))
        rows = np.array([_row(one) for one in more], dtype=np.float64)
        keys = np.array([self._keys_of(one.case) for one in more], dtype=np.int64)
        self._table = np.concatenate([self._table, rows])
        self._key_table = np.concatenate([self._key_table, keys])
        self._features = np.concatenate([self._features, features(rows[:, 0], rows[:, 1], rows[:, 2])])
        self._log_ratios = np.concatenate([self._log_ratios, np.zeros(len(rows))])

    def _fit(self, pair: int) -> None:
        """The line of this host pair, and what remains of each of its migrations beside the line."""
        mine = self._key_table[:, 3] == pair
        predicted_s, actual_s = self._table[mine, 3], self._table[mine, 6]
        quiet = self._table[mine, 7] <= QUIET_RATIO * self._table[mine, 1]
        fit = self._fits[pair] = pair_fit(predicted_s[quiet], actual_s[quiet])
        self._log_ratios[mine] = np.log(actual_s / (fit.overhead_s + fit.slowness * predicted_s))


def _log_errors_without(known: Sequence[FinishedMigration], later: Sequence[FinishedMigration]) -> FloatArray:
    calibrator = Calibrator(Calibration(finished=tuple(known)))
    return np.array([log(one.actual_s / calibrator.predict(one.case).calibrated_s) for one in later])


def _row(one: FinishedMigration) -> tuple[float, ...]:
    case = one.case
    dirty = nan if case.dirty_mib_s is None else case.dirty_mib_s
    return (
        case.memory_mib,
        case.bandwidth_mib_s,
        dirty,
        case.physical_s,
        one.calibrated_s,
        one.given_s,
        one.actual_s,
        case.most_dirty_mib_s,
    )
