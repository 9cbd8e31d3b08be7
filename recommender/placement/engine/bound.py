"""A proven lower limit of the objective of every placement that keeps the rules: Lagrangian relaxation by host prices.

For any prices p of the hosts' loads, Σ over items of the cheapest allowed host at those prices plus, for each host, the
least of cost(L) − p·L over all loads L is never above the best placement (Geoffrion, Lagrangean relaxation for integer
programming, 1974). Prices near the marginal costs of the best placement make it tight; they are improved on a smoothed
form in which each item spreads over its nearly cheapest hosts, and each proof is computed from the exact one.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from recommender.placement.engine.priced_pairs import PricedPairs, price_pairs
from recommender.placement.engine.quasi_newton import climb
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Floats, HostCost, Problem

NEAR = 8.0  # a host is near an item's cheapest while it costs less than so many widths more
NEGLIGIBLE = -40.0  # tiny results of exp cost fifty times as much as zeros
KINK_WIDTHS = (0.02, 0.01, 0.003)


@dataclass(frozen=True, slots=True)
class _Stage:
    """``width`` of the softened choice and the most a price may change (``within``) before all is looked at again.

    Both are shares, of the typical price of an item and of the price. ``most_pairs`` of items and hosts are priced by
    all its rounds together: where a look at everything is dear, what the narrow stages find is worth more of them.
    """

    width: float
    rounds: int
    within: float
    most_hosts: int
    most_pairs: int


STAGES: Final = (
    _Stage(0.03, rounds=3, within=0.06, most_hosts=24, most_pairs=100_000_000),
    _Stage(0.01, rounds=8, within=0.04, most_hosts=24, most_pairs=100_000_000),
    _Stage(0.003, rounds=8, within=0.02, most_hosts=48, most_pairs=300_000_000),
    _Stage(0.001, rounds=8, within=0.008, most_hosts=96, most_pairs=800_000_000),
)
MOST_NEAR, FEWEST_HOSTS = 1_500_000, 12  # pairs near the cheapest that are kept at once, and hosts of one item at least
LOOKS = 20  # at the softened form in one round


@dataclass(frozen=True, slots=True)
class PricedBound:
    """A proven lower limit of the objective, and the prices of load that prove it, ``[resources, hosts]``."""

    value: float
    prices: Floats


def lower_bound(state: SearchState, run: SearchRun, enough: float = np.inf) -> PricedBound | None:
    """The best bound found from prices near those of the loads of ``state``, a good placement.

    One that is high ``enough`` is not improved. There is one where the run is stopped, too: that of the first prices.

    ``None`` where an item has no host at all: then nothing keeps the rules and there is nothing to bound.
    """
    problem, load = state.problem, state.load
    if problem.items == 0:
        return PricedBound(float(problem.host_cost.of(problem.fixed).sum()), problem.host_cost.marginal(load))
    if not problem.masks[np.unique(problem.class_of)].any(axis=1).all():
        return None
    starts = _starts(problem, load)
    first = starts[:1] if run.is_stopped else starts
    best = max((_proof(problem, prices) for prices in first), key=lambda proof: proof.value)
    typical = max(float(problem.demand.mean(axis=1) @ best.prices.mean(axis=1)), 1e-9)
    pairs = max(1, problem.items * len(problem.hosts))
    most_hosts = max(FEWEST_HOSTS, MOST_NEAR // problem.items)
    for stage in STAGES:
        if best.value < enough:
            rounds = min(stage.rounds, max(1, stage.most_pairs // pairs))
            within = replace(stage, rounds=rounds, most_hosts=min(stage.most_hosts, most_hosts))
            best = _climb(state, best, within, stage.width * typical, enough, run)
    return best


def _climb(  # what is climbed, from where, and until when
    state: SearchState, best: PricedBound, stage: _Stage, width: float, enough: float, run: SearchRun
) -> PricedBound:
    """Rounds of looking at everything and climbing nearby; back to the best and in shorter steps where that misled."""
    if run.is_stopped:
        return best
    problem, near = state.problem, NEAR * width
    pairs, within = price_pairs(problem, best.prices, near, stage.most_hosts), stage.within
    for _ in range(stage.rounds):
        run.proves(best.value)
        if best.value >= enough or not run.goes_on(state):
            break
        softened = _Softened(problem, pairs, width)
        prices = climb(softened, best.prices, softened.scale(best.prices), looks=LOOKS, within=within)
        found = price_pairs(problem, prices, near, stage.most_hosts)
        proof = _proof_of(problem, prices, found)
        if proof.value > best.value:
            best, pairs, within = proof, found, within * 1.5
        else:
            within /= 3
    return best


def _starts(problem: Problem, load: Floats) -> list[Floats]:
    """The marginal costs of the load, the kink more or less smoothed; and prices near the middle one's below it."""
    cost = problem.host_cost
    below = 2 * cost.quadratic * (np.minimum(load, cost.kinks[0].line) if cost.kinks else load)
    middle = np.broadcast_to(np.median(below, axis=1, keepdims=True), below.shape)
    return [*(cost.marginal(load, width) for width in KINK_WIDTHS), below, middle.copy(), (below + middle) / 2]


def _proof(problem: Problem, prices: Floats) -> PricedBound:
    return _proof_of(problem, prices, price_pairs(problem, prices, 0.0, 1))


def _proof_of(problem: Problem, prices: Floats, pairs: PricedPairs) -> PricedBound:
    return PricedBound(pairs.least + least_of_hosts(problem, prices)[0], prices)


class _Softened:
    """The bound with each undecided item spread over its near hosts, as a function of the prices."""

    def __init__(self, problem: Problem, pairs: PricedPairs, width: float) -> None:
        self.problem, self.pairs, self.width = problem, pairs, width
        self.counts = np.concatenate([np.zeros(0, dtype=np.int64), *pairs.counts])
        self.first = np.cumsum(self.counts) - self.counts
        self.hosts = np.concatenate([np.zeros(0, dtype=np.int64), *pairs.hosts])
        self.costs = np.concatenate([np.zeros(0), *pairs.costs])
        self.demand = np.concatenate([np.zeros((len(problem.demand), 0)), *pairs.demands], axis=1)

    def __call__(self, prices: Floats) -> tuple[float, Floats]:
        """Value and gradient ``[resources, hosts]``."""
        least, loads = least_of_hosts(self.problem, prices)
        value = least + self.pairs.decided_cost + float((prices * self.pairs.decided).sum())
        gradient = self.pairs.decided + self.problem.fixed - loads
        if len(self.costs):
            cheapest, shares, sums = self._shares(prices)
            value += float((cheapest - self.width * np.log(sums)).sum())
            gradient = gradient + self._on_hosts(self.demand * shares)
        return value, gradient

    def scale(self, prices: Floats) -> Floats:
        """The inverse of the curvature in each direction alone, ``[resources, hosts]``."""
        curvature = 0.5 / np.maximum(self.problem.host_cost.quadratic, 1e-12)
        if len(self.costs):
            _, shares, _ = self._shares(prices)
            curvature = curvature + self._on_hosts(self.demand**2 * (shares * (1 - shares))) / self.width
        return 1.0 / curvature

    def _shares(self, prices: Floats) -> tuple[Floats, Floats, Floats]:
        """The cheapest host's cost of each item, the share of each pair, and Σ over an item of what shares are of."""
        values = self.costs.copy()
        for demand, of_one in zip(self.demand, prices, strict=True):
            values += demand * of_one[self.hosts]
        cheapest = np.minimum.reduceat(values, self.first)
        values -= np.repeat(cheapest, self.counts)
        values *= -1.0 / self.width
        np.maximum(values, NEGLIGIBLE, out=values)
        np.exp(values, out=values)
        sums = np.add.reduceat(values, self.first)
        values /= np.repeat(sums, self.counts)
        return cheapest, values, sums

    def _on_hosts(self, amounts: Floats) -> Floats:
        hosts = len(self.problem.hosts)
        return np.stack([np.bincount(self.hosts, of_one, minlength=hosts) for of_one in amounts])


def least_of_hosts(problem: Problem, prices: Floats) -> tuple[float, Floats]:
    """Σ over hosts and resources of the least of cost(L) − p·(L − fixed) for L ≥ least load, and these loads."""
    cost: HostCost = problem.host_cost
    load = np.maximum(cost.cheapest_load(prices), problem.least_load)
    # A host without cost (or with an endless one) takes any load at its price: only a price of 0 is bounded there.
    most = problem.fixed + problem.demand.sum(axis=1, keepdims=True)
    load = np.minimum(load, most)
    return float(cost.of(load).sum() - (prices * (load - problem.fixed)).sum()), load
