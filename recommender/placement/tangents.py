"""A convex cost told by straight lines from below."""

from collections.abc import Sequence

import numpy as np

from recommender.placement.problem import Curve

TANGENTS = 24


def tangents(curve: Curve, least: float, most: float, touched: Sequence[float] = ()) -> list[tuple[float, float]]:
    """(slope, base) of lines that never pass above the curve and touch it at even steps from ``least`` to ``most``.

    At the kink, the flat and the steep tangent both; one more at each of the points ``touched``.
    """
    points = [float(point) for point in np.linspace(least, max(most, least + 1.0), TANGENTS)] + [*touched]
    lines = [_line(curve, point, is_over=point >= curve.line) for point in points]
    if least < curve.line < most:
        lines += [_line(curve, curve.line, is_over=False), _line(curve, curve.line, is_over=True)]
    return lines


def _line(curve: Curve, point: float, *, is_over: bool) -> tuple[float, float]:
    slope = 2 * curve.quadratic * point + (curve.slope if is_over else 0.0)
    value = curve.quadratic * point**2 + (curve.slope * (point - curve.line) if is_over else 0.0)
    return slope, value - slope * point
