"""All items at some prices of the hosts' loads: the cheapest host of each, and which pairs come near it.

Items are looked at in blocks that stay in the processor's cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from recommender.placement.problem import Bools, Floats, Ints, Problem

BLOCK_PAIRS = 1 << 18


def priced_blocks(problem: Problem, prices: Floats) -> Iterator[tuple[slice, Floats]]:
    """Blocks of items with what each costs on each host, ``[items of the block, hosts]``, infinite where not allowed.

    ``prices``: of one unit of load on each host, ``[resources, hosts]``.
    """
    size = max(1, BLOCK_PAIRS // max(1, len(problem.hosts)))
    for first in range(0, problem.items, size):
        block = slice(first, min(problem.items, first + size))
        costs = problem.pair_cost[block] + problem.demand[:, block].T @ prices
        costs[~problem.masks[problem.class_of[block]]] = np.inf
        yield block, costs


@dataclass(slots=True, kw_only=True)
class PricedPairs:
    """The pairs of the undecided items, those of one item after those of another.

    ``least``: Σ over all items of the cheapest host. Of an undecided item several hosts are near the cheapest; the
    ``decided`` ones are told by the load that they bring, ``[resources, hosts]``, and by the rest of what they cost.
    """

    least: float = 0.0
    decided: Floats
    decided_cost: float = 0.0
    hosts: list[Ints] = field(default_factory=list)
    costs: list[Floats] = field(default_factory=list)
    demands: list[Floats] = field(default_factory=list)
    counts: list[Ints] = field(default_factory=list)


def price_pairs(problem: Problem, prices: Floats, width: float, most: int) -> PricedPairs:
    """Look at everything; near is what costs at most ``width`` more than the cheapest host.

    Of the near hosts of one item about ``most`` are taken, evenly spread and others for each item.
    """
    hosts = len(problem.hosts)
    found = PricedPairs(decided=np.zeros(problem.fixed.shape))
    for block, costs in priced_blocks(problem, prices):
        demand, own_costs = problem.demand[:, block], problem.pair_cost[block]
        chosen, rows = costs.argmin(axis=1), np.arange(len(costs))
        least = costs[rows, chosen]
        found.least += float(least.sum())
        near = costs < (least + width)[:, np.newaxis]
        undecided = np.count_nonzero(near, axis=1) > 1
        sure = np.flatnonzero(~undecided)
        found.decided += [np.bincount(chosen[sure], of_one[sure], minlength=hosts) for of_one in demand]
        found.decided_cost += float(own_costs[sure, chosen[sure]].sum())
        items = np.flatnonzero(undecided)
        if len(items):
            near = _thinned(near[items], block.start + items, most)
            near[np.arange(len(items)), chosen[items]] = True
            row, host = np.nonzero(near)
            found.hosts.append(host)
            found.costs.append(own_costs[items[row], host])
            found.demands.append(demand[:, items[row]])
            found.counts.append(np.count_nonzero(near, axis=1))
    return found


def _thinned(near: Bools, items: Ints, most: int) -> Bools:
    """Of rows with more true ones than ``most`` about so many, at even steps that begin elsewhere for each item."""
    counts = np.count_nonzero(near, axis=1)
    fullest = int(counts.max())
    if fullest <= most:
        return near
    step = -(-fullest // most)
    every = np.arange(near.shape[1] + step - 1) % step == 0
    beginning_at = np.lib.stride_tricks.sliding_window_view(every, near.shape[1])
    crowded = np.flatnonzero(counts > most)
    near[crowded] &= beginning_at[items[crowded] % step]
    return near
