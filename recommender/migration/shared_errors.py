"""How much of their errors migrations of one night have in common, from how alike the errors of neighbours are.

A switch that is slower tonight makes every migration over it late: in a plan of many their errors do not cancel out.
Two that ended one after the other over one site path share such a cause as a rule, so that the correlation of
neighbours is the shared part of the variance (of the logarithm of actual over predicted).
"""

from typing import Final

import numpy as np

from recommender.migration.calibration import Calibration

USUAL: Final = 0.5  # until enough is known
CAUTION: Final = 20  # so many pairs of neighbours count as much as what is usual
NEWEST: Final = 300
LEAST, MOST = 0.05, 0.95
WIDEST_SPREADS: Final = 3.0  # an error farther out than this counts as this: one that hung says nothing of the others


def shared_share(calibration: Calibration, site_path: str) -> float:
    """The shared part of the variance of the errors over ``site_path``, 0.05 … 0.95."""
    errors = np.array(
        [np.log(one.actual_s / one.given_s) for one in calibration.finished if one.case.site_path == site_path]
    )[-NEWEST:]
    if len(errors) < 3:
        return USUAL
    centred = errors - np.median(errors)
    spread = 1.4826 * float(np.median(np.abs(centred)))  # the standard deviation, were they normal
    if spread <= 0:
        return USUAL
    cut = np.clip(centred / spread, -WIDEST_SPREADS, WIDEST_SPREADS)
    pairs = len(cut) - 1
    alike = float((cut[1:] * cut[:-1]).mean() / (cut * cut).mean())
    return float(np.clip((pairs * alike + CAUTION * USUAL) / (pairs + CAUTION), LEAST, MOST))
