"""A proven lower limit of the objective of every placement in which at most so many VMs have moved.

At any prices of the hosts' loads each item is at best on its cheapest host; with few moves only those may be elsewhere
than at their start that save most. Otherwise as ``bound`` does it for any number of moves; better prices are found by
Polyak's steps (Introduction to Optimization, 1987).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from recommender.placement.engine.bound import least_of_hosts
from recommender.placement.engine.priced_pairs import priced_blocks
from recommender.placement.problem import SPLIT, Floats, Problem

MOST_STEPS: Final = 40
MOST_PAIRS: Final = 2_000_000  # looked at in all steps together
STEP: Final = 0.7  # of what is missing to the best answer known


def bound_of_few_moves(problem: Problem, moves: int, known: float, starts: Sequence[Floats]) -> float:
    """The best that is proven from any of these prices on, each ``[resources, hosts]``; ``known``: cost of an answer.

    Infinite where nothing is legal with so few moves.
    """
    looked = [(*_look(problem, moves, prices), prices) for prices in starts]
    value, slope, prices = max(looked, key=lambda look: look[0])
    best, scale = value, 2 * problem.host_cost.quadratic
    pairs = max(1, problem.items * len(problem.hosts))
    for _ in range(min(MOST_STEPS, MOST_PAIRS // pairs)):
        norm = float((slope * scale * slope).sum())
        if not np.isfinite(value) or known - value <= 0 or norm <= 0:
            break
        prices = np.maximum(prices + STEP * (known - value) / norm * scale * slope, 0.0)
        value, slope = _look(problem, moves, prices)
        best = max(best, value)
    return best


def _look(problem: Problem, moves: int, prices: Floats) -> tuple[float, Floats]:
    """The bound at these prices, and a direction in which it rises."""
    value, loads = least_of_hosts(problem, prices)
    hosts, homes, saved, forced = [], [], [], 0
    for block, costs in priced_blocks(problem, prices):
        rows, start = np.arange(len(costs)), problem.start[block]
        cheapest = costs.argmin(axis=1)
        least = costs[rows, cheapest]
        home = np.where(start == SPLIT, np.inf, costs[rows, start])
        forced += int((~np.isfinite(home)).sum())  # one VM of each has to move at least
        value += float(np.where(np.isfinite(home), home, least).sum())
        saved.append(np.where(np.isfinite(home), home - least, 0.0))
        hosts.append(cheapest)
        homes.append(np.where(np.isfinite(home), start, cheapest))
    if forced > moves:
        return np.inf, np.zeros_like(prices)
    gains, place = np.concatenate(saved or [np.zeros(0)]), np.concatenate(homes or [np.zeros(0, dtype=np.int64)])
    leaving = np.argsort(-gains, kind="stable")[: moves - forced]
    place[leaving] = np.concatenate(hosts)[leaving] if len(leaving) else place[leaving]
    there = [np.bincount(place, of_one, minlength=len(problem.hosts)) for of_one in problem.demand]
    return value - float(gains[leaving].sum()), problem.fixed + np.stack(there) - loads
