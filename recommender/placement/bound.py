"""A proven lower limit of the objective of every placement that keeps the rules: Lagrangian relaxation by host prices.

For any prices p of the hosts' loads, Σ over items of the cheapest allowed host at those prices plus, for each host, the
least of cost(L) − p·L over all loads L is never above the best placement (Geoffrion, Lagrangean relaxation for integer
programming, 1974). Prices near the marginal costs of the best placement make it tight; they are improved by gradient
steps on a smoothed form, and each proof is computed from the exact one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.placement.problem import Floats, HostCost, Problem

STEPS_PER_WIDTH = 40
FEWEST_STEPS = 10
PRICED_PAIRS = 25_000_000  # (item, host) pairs priced per width: large questions get fewer steps
STEPS_OF_ONE_CURVATURE = 8
NEGLIGIBLE = np.float32(-40.0)
# Widths of the softened choice, as shares of the typical price of an item: from coarse to fine.
CHOICE_WIDTHS = (0.01, 0.003, 0.001, 0.0003)
KINK_WIDTHS = (0.02, 0.01, 0.003)


@dataclass(slots=True)
class _Ascent:
    problem: Problem
    costs: Floats  # [items, hosts], infinite where not allowed
    demand: npt.NDArray[np.float32]
    best: float = -np.inf

    def prove(self, prices: Floats) -> float:
        """The exact bound at these prices, remembered if it is the best so far."""
        least = (self.costs + self.problem.demand.T @ prices).min(axis=1).sum()
        bound = float(least + _least_of_hosts(self.problem, prices)[0])
        self.best = max(self.best, bound)
        return bound

    def gradient(self, prices: Floats, width: float, *, with_curvature: bool) -> tuple[Floats, Floats | None]:
        """Gradient of the smoothed bound, and on request the curvature to scale it by, both ``[resources, hosts]``."""
        problem = self.problem
        chosen = (self.costs + problem.demand.T @ prices).astype(np.float32)
        chosen -= chosen.min(axis=1, keepdims=True)
        chosen *= np.float32(-1.0 / width)
        np.maximum(chosen, NEGLIGIBLE, out=chosen)  # tiny results of exp cost fifty times as much as zeros
        np.exp(chosen, out=chosen)
        chosen /= chosen.sum(axis=1, keepdims=True)
        _, loads = _least_of_hosts(problem, prices)
        gradient = self.demand @ chosen + problem.fixed - loads
        if not with_curvature:
            return gradient, None
        spread = (self.demand**2) @ (chosen * (1 - chosen))
        return gradient, spread / width + 0.5 / np.maximum(problem.host_cost.quadratic, 1e-12)


def lower_bound(problem: Problem, load: Floats) -> float | None:
    """The best bound found from prices near those of ``load`` (the loads of a good placement, ``[resources, hosts]``).

    ``None`` where an item has no host at all: then nothing keeps the rules and there is nothing to bound.
    """
    if problem.items == 0:
        return float(problem.host_cost.of(problem.fixed).sum())
    allowed = problem.masks[problem.class_of]
    if not allowed.any(axis=1).all():
        return None
    ascent = _Ascent(problem, np.where(allowed, problem.pair_cost, np.inf), problem.demand.astype(np.float32))
    starts = [problem.host_cost.marginal(load, width) for width in KINK_WIDTHS]
    prices = max(starts, key=ascent.prove)
    typical = max(float(np.abs(problem.demand.T @ prices).mean()), 1e-9)
    for width in CHOICE_WIDTHS:
        prices = _climb(ascent, prices, width * typical)
    return ascent.best


def _climb(ascent: _Ascent, prices: Floats, width: float) -> Floats:
    """Accelerated gradient steps, each scaled by its own curvature; the step shrinks when the bound falls."""
    best_prices, best = prices, ascent.prove(prices)
    momentum, step = np.zeros_like(prices), 0.5
    curvature = np.ones_like(prices)
    for number in range(max(FEWEST_STEPS, min(STEPS_PER_WIDTH, PRICED_PAIRS // ascent.costs.size))):
        gradient, fresh = ascent.gradient(prices, width, with_curvature=number % STEPS_OF_ONE_CURVATURE == 0)
        curvature = curvature if fresh is None else fresh
        momentum = 0.8 * momentum + step * gradient / curvature
        prices = np.maximum(prices + momentum, 0.0)
        bound = ascent.prove(prices)
        if bound > best:
            best_prices, best = prices, bound
        elif bound < best - abs(best) * 1e-3:
            prices, momentum, step = best_prices, np.zeros_like(prices), step / 2
    return best_prices


def _least_of_hosts(problem: Problem, prices: Floats) -> tuple[float, Floats]:
    """Σ over hosts and resources of the least of cost(L) − p·(L − fixed) for L ≥ fixed, and the loads that reach it."""
    cost: HostCost = problem.host_cost
    quadratic = np.maximum(cost.quadratic, 1e-300)
    below = np.minimum(prices / (2 * quadratic), cost.line)
    above = np.maximum((prices - cost.slope) / (2 * quadratic), cost.line)
    load = np.where(prices > cost.slope + 2 * cost.quadratic * cost.line, above, below)
    load = np.maximum(load, problem.fixed)
    # A host without cost (or with an endless one) takes any load at its price: only a price of 0 is bounded there.
    most = problem.fixed + problem.demand.sum(axis=1, keepdims=True)
    load = np.minimum(load, most)
    return float(cost.of(load).sum() - (prices * (load - problem.fixed)).sum()), load
