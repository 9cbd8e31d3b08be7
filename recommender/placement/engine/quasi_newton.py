"""Climbing a smooth concave function with few looks at it: L-BFGS with a diagonal first guess of the curvature.

Liu and Nocedal, On the limited memory BFGS method for large scale optimization, 1989. It stays near where it starts,
because what is climbed here is true only there.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from recommender.placement.problem import Floats

MEMORY = 12  # steps from which the curvature is learnt
SHORTEST = 1e-3

Slope = Callable[[Floats], tuple[float, Floats]]
_Step = tuple[Floats, Floats, float]  # where it went, how the gradient fell, and their product


def climb(slope: Slope, start: Floats, scale: Floats, *, looks: int, within: float) -> Floats:
    """The best point found; ``slope`` gives value and gradient, ``scale`` a step for a gradient of 1 in each direction.

    At most ``looks`` calls of ``slope``. No coordinate (none is below 0) changes by more than its share ``within``.
    """
    point, least, most = start, start * (1 - within), start * (1 + within)
    value, gradient = slope(point)
    steps: deque[_Step] = deque(maxlen=MEMORY)
    length = 1.0
    for _ in range(looks - 1):
        tried = np.clip(point + length * _direction(gradient, steps, scale), least, most)
        new_value, new_gradient = slope(tried)
        step, fall = tried - point, gradient - new_gradient
        product = float((step * fall).sum())
        if product > 1e-12 * float((step * step).sum()):
            steps.append((step, fall, product))
        if new_value > value:
            point, value, gradient, length = tried, new_value, new_gradient, 1.0
        elif length < SHORTEST:
            break
        else:
            length /= 3
    return point


def _direction(gradient: Floats, steps: deque[_Step], scale: Floats) -> Floats:
    """The gradient times what is known of the inverse curvature (two-loop recursion)."""
    direction, shares = gradient.copy(), []
    for step, fall, product in reversed(steps):
        shares.append(float((step * direction).sum()) / product)
        direction -= shares[-1] * fall
    direction *= scale
    if steps:
        _, fall, product = steps[-1]
        direction *= product / float((fall * fall * scale).sum())
    for (step, fall, product), share in zip(steps, reversed(shares), strict=True):
        direction += (share - float((fall * direction).sum()) / product) * step
    return direction
