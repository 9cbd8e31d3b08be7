"""A convex cost told by straight lines from below."""

from collections.abc import Sequence

import numpy as np

from recommender.placement.problem import Curve

TANGENTS = 24


def tangents(curve: Curve, least: float, most: float, touched: Sequence[float] = ()) -> list[tuple[float, float]]:
    """(slope, base) of lines that never pass above the curve and touch it at even steps from ``least`` to ``most``.

    At each kink, the flat and the steep tangent both; one more at each of the points ``touched``.
    """
    points = [float(point) for point in np.linspace(least, max(most, least + 1.0), TANGENTS)] + [*touched]
    lines = [_line(curve, point, is_over=True) for point in points]
    for _, kink in curve.kinks:
        if least < kink < most:
            lines += [_line(curve, kink, is_over=False), _line(curve, kink, is_over=True)]
    return lines


def _line(curve: Curve, point: float, *, is_over: bool) -> tuple[float, float]:
    """The tangent at a point; where that is a kink, the steep one if it ``is_over``."""
    steep = (slope for slope, line in curve.kinks if (point >= line if is_over else point > line))
    slope = 2 * curve.quadratic * point + sum(steep)
    return slope, curve.of(point) - slope * point
