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

STEPS_PER_ROUND = 8  # between two looks at all items
UNDECIDED = 8.0  # an item is undecided while its two cheapest hosts differ by less than so many widths
NEGLIGIBLE = np.float32(-40.0)
# Widths of the softened choice, as shares of the typical price of an item, from coarse to fine, and rounds at each.
CHOICE_WIDTHS = ((0.1, 3), (0.03, 6), (0.01, 15), (0.003, 15), (0.001, 15))
KINK_WIDTHS = (0.02, 0.01, 0.003)


@dataclass(frozen=True, slots=True)
class _Look:
    """All items at some prices: the exact ``bound``, and the load of the items that are ``decided`` about their host.

    ``costs`` and ``demand`` are those of the undecided items.
    """

    bound: float
    decided: Floats
    costs: npt.NDArray[np.float32]
    demand: npt.NDArray[np.float32]


@dataclass(slots=True)
class _Ascent:
    problem: Problem
    costs: Floats  # [items, hosts], infinite where not allowed
    best_prices: Floats
    best: float = -np.inf

    def look(self, prices: Floats, width: float) -> _Look:
        """Look at everything; the bound is remembered if it is the best so far."""
        demand = self.problem.demand
        values = self.costs + demand.T @ prices
        chosen = values.argmin(axis=1)
        least = values[np.arange(len(values)), chosen]
        bound = float(least.sum() + _least_of_hosts(self.problem, prices)[0])
        if bound > self.best:
            self.best, self.best_prices = bound, prices.copy()
        undecided = (values < least[:, np.newaxis] + UNDECIDED * width).sum(axis=1) > 1
        decided = np.stack(
            [np.bincount(chosen[~undecided], row[~undecided], minlength=values.shape[1]) for row in demand]
        ).astype(np.float64)
        return _Look(
            bound,
            decided,
            self.costs[undecided].astype(np.float32),
            demand[:, undecided].astype(np.float32),
        )

    def gradient(
        self, look: _Look, prices: Floats, width: float, *, with_curvature: bool
    ) -> tuple[Floats, Floats | None]:
        """Gradient of the smoothed bound, and on request the curvature to scale it by, both ``[resources, hosts]``."""
        chosen = look.costs + look.demand.T @ prices.astype(np.float32)
        chosen -= chosen.min(axis=1, keepdims=True)
        chosen *= np.float32(-1.0 / width)
        np.maximum(chosen, NEGLIGIBLE, out=chosen)  # tiny results of exp cost fifty times as much as zeros
        np.exp(chosen, out=chosen)
        chosen /= chosen.sum(axis=1, keepdims=True)
        _, loads = _least_of_hosts(self.problem, prices)
        gradient = look.demand @ chosen + look.decided + self.problem.fixed - loads
        if not with_curvature:
            return gradient, None
        spread = (look.demand**2) @ (chosen * (1 - chosen))
        return gradient, spread / width + 0.5 / np.maximum(self.problem.host_cost.quadratic, 1e-12)


@dataclass(frozen=True, slots=True)
class PricedBound:
    """A proven lower limit of the objective, and the prices of load that prove it, ``[resources, hosts]``."""

    value: float
    prices: Floats


def lower_bound(problem: Problem, load: Floats) -> PricedBound | None:
    """The best bound found from prices near those of ``load`` (the loads of a good placement, ``[resources, hosts]``).

    ``None`` where an item has no host at all: then nothing keeps the rules and there is nothing to bound.
    """
    if problem.items == 0:
        return PricedBound(float(problem.host_cost.of(problem.fixed).sum()), problem.host_cost.marginal(load))
    allowed = problem.masks[problem.class_of]
    if not allowed.any(axis=1).all():
        return None
    starts = [problem.host_cost.marginal(load, width) for width in KINK_WIDTHS]
    ascent = _Ascent(problem, np.where(allowed, problem.pair_cost, np.inf), starts[0])
    prices = max(starts, key=lambda start: ascent.look(start, 0.0).bound)
    typical = max(float(np.abs(problem.demand.T @ prices).mean()), 1e-9)
    for width, rounds in CHOICE_WIDTHS:
        prices = _climb(ascent, prices, width * typical, rounds)
    return PricedBound(ascent.best, ascent.best_prices)


def _climb(ascent: _Ascent, prices: Floats, width: float, rounds: int) -> Floats:
    """Accelerated gradient steps, each scaled by its own curvature; the step shrinks when the bound falls."""
    look = ascent.look(prices, width)
    best_prices, best_look = prices, look
    momentum, step = np.zeros_like(prices), 0.5
    for _ in range(rounds):
        curvature = np.ones_like(prices)
        for number in range(STEPS_PER_ROUND):
            gradient, fresh = ascent.gradient(look, prices, width, with_curvature=number == 0)
            curvature = curvature if fresh is None else fresh
            momentum = 0.8 * momentum + step * gradient / curvature
            prices = np.maximum(prices + momentum, 0.0)
        look = ascent.look(prices, width)
        if look.bound > best_look.bound:
            best_prices, best_look = prices, look
        elif look.bound < best_look.bound - abs(best_look.bound) * 1e-3:
            prices, look, momentum, step = best_prices, best_look, np.zeros_like(prices), step / 2
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
