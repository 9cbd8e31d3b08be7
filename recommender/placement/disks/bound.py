"""A proven lower limit of the objective of every choice of datastores: Lagrangian relaxation by prices of space.

As ``placement.bound`` does it for hosts: for any prices of used space and of load, the units' cheapest options and the
least of what full datastores and hosts cost at these prices are never above the best choice. Prices of load are the
marginal costs at the start, of space the best that Polyak's steps find (Introduction to Optimization, 1987).
"""

from dataclasses import dataclass

import numpy as np

from recommender.placement.disks.problem import STAYS, DiskProblem
from recommender.placement.disks.state import DiskState
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Floats

STEPS = 150
MOST_OPTIONS_TIMES_STEPS = 20_000_000


@dataclass(frozen=True, slots=True)
class DiskBound:
    """``value``: −∞ if unknown; ``prices`` of a MiB on each datastore; ``reduced``: of each option, 0 for the best."""

    value: float
    prices: Floats
    reduced: Floats


def lower_bound(problem: DiskProblem, state: DiskState, start: Floats | None = None) -> DiskBound:
    """The best bound found, from prices near those of ``state``, or from ``start``."""
    prices = problem.store_cost.marginal(state.used[np.newaxis], 0.01)[0] if start is None else start
    start_hosts = SearchState(problem.hosts)
    at_start, of_hosts = start_hosts.cost(), _prices_of_hosts(problem, start_hosts)
    goal = state.cost()
    best = DiskBound(-np.inf, prices, np.zeros(len(problem.options.unit)))
    count = max(len(problem.options.unit), 1)
    scale, stuck = 1.0, 0
    for _ in range(min(STEPS, max(10, MOST_OPTIONS_TIMES_STEPS // count))):
        value, slope, reduced = _look(problem, prices, of_hosts)
        value += at_start
        if value > best.value + 1e-9:
            best, stuck = DiskBound(value, prices.copy(), reduced), 0
        else:
            stuck += 1
        if stuck > 5:
            scale, stuck, prices = scale / 2, 0, best.prices.copy()
            continue
        norm = float((slope**2).sum())
        if norm <= 0 or goal - value <= 1e-9:
            break
        prices = np.maximum(prices + scale * (goal - value) / norm * slope, 0.0)
    if not problem.is_complete or problem.unplaceable:
        return DiskBound(-np.inf, best.prices, best.reduced)
    return best


def _prices_of_hosts(problem: DiskProblem, start: SearchState) -> Floats:
    """By option, what changing the host costs at the marginal prices of load at the start."""
    hosts, options = problem.hosts, problem.options
    prices = hosts.host_cost.marginal(start.load)
    of_pairs = hosts.pair_cost + hosts.demand.T @ prices
    items = problem.item_of[options.unit]
    moved = (items >= 0) & (options.store != STAYS)
    costs = np.zeros(len(options.unit))
    costs[moved] = of_pairs[items[moved], options.host[moved]] - of_pairs[items[moved], hosts.start[items[moved]]]
    return costs


def _look(problem: DiskProblem, prices: Floats, of_hosts: Floats) -> tuple[float, Floats, Floats]:
    """The bound at these prices but for the hosts, a direction in which it rises, and each option's reduced cost."""
    options, on, size = problem.options, problem.on, problem.size
    moved = options.store != STAYS
    values = options.price + of_hosts
    values[moved] += size[options.unit[moved]] * prices[options.store[moved]] - (on @ prices)[options.unit[moved]]
    least = np.minimum.reduceat(values, options.first[:-1]) if len(problem.units) else np.zeros(0)
    reduced = values - least[options.unit] if len(least) else values
    chosen = np.flatnonzero(reduced <= 0)
    _, firsts = np.unique(options.unit[chosen], return_index=True)
    taken = chosen[firsts]
    taken = taken[options.store[taken] != STAYS]
    flow = -on[options.unit[taken]].sum(axis=0)
    np.add.at(flow, options.store[taken], size[options.unit[taken]])
    fill = _cheapest_fill(problem, prices)
    of_stores = float(problem.store_cost.of(fill[np.newaxis]).sum() - (prices * (fill - problem.used)).sum())
    value = float(least.sum()) + of_stores
    return value, problem.used + flow - fill, reduced


def _cheapest_fill(problem: DiskProblem, prices: Floats) -> Floats:
    """The used space of each datastore at which its cost less what the space is worth is least."""
    fill = problem.store_cost.cheapest_load(prices[np.newaxis])[0]
    within: Floats = np.clip(fill, 0.0, problem.most)
    return within
