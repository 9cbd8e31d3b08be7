"""Which few hosts to solve together in each round: the dearest with the cheapest, and others in turn."""

import numpy as np

from recommender.placement.problem import Ints
from recommender.placement.search_state import SearchState
from recommender.placement.seeded_numbers import scrambled

HOSTS_OF_ONE = 3
MOST_ITEMS = 70


def neighbourhood(state: SearchState, number: int, seed: int) -> tuple[list[int], list[int]]:
    """Items and hosts of round ``number``; equal arguments give an equal neighbourhood.

    Even rounds take a host dear in CPU or memory with cheap ones, odd rounds any hosts that share items' masks.
    """
    problem = state.problem
    order = scrambled(len(problem.hosts), seed * 1_000_003 + number)
    usable = np.logical_or.reduce(problem.masks, axis=0)
    prices = problem.host_cost.marginal(state.load, 0.02) * problem.fixed.sum(axis=1, keepdims=True).clip(1.0)
    total = prices.sum(axis=0) if number % 4 == 0 else prices[number % len(prices)]
    candidates = [int(host) for host in order if usable[host]]
    if not candidates:
        return [], []
    if number % 2 == 0:
        ranked = sorted(candidates, key=lambda host: -total[host])
        first = ranked[(number // 2) % max(1, len(ranked) // 2)]
    else:
        ranked = candidates
        first = candidates[0]
    neighbours = _reachable_from(state, first)
    others = [host for host in reversed(ranked) if host != first and neighbours[host]]
    hosts = [first, *others[: HOSTS_OF_ONE - 1]]
    return _items_on(state, hosts, order_seed=seed * 7919 + number), hosts


def _items_on(state: SearchState, hosts: list[int], order_seed: int) -> list[int]:
    on_them = [int(item) for item in np.flatnonzero(np.isin(state.place, hosts))]
    movable = [item for item in on_them if state.problem.mask(item)[hosts].sum() > 1]
    if len(movable) <= MOST_ITEMS:
        return movable
    order = scrambled(len(movable), order_seed)
    return sorted(movable[position] for position in order[:MOST_ITEMS])


def _reachable_from(state: SearchState, host: int) -> Ints:
    """How many items on ``host`` could be on each other host."""
    there = np.flatnonzero(state.place == host)
    counts: Ints = state.problem.masks[state.problem.class_of[there]].sum(axis=0)
    return counts
