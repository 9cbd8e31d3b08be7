"""A placement made anew from good prices: who pays to leave at those prices leaves, and all are brought in together.

Descent lets the first leave at the price that a hot host has then, which is not the one it ends with. At the prices
that prove the bound each VM is asked at the price of the end.
"""

import numpy as np

from recommender.placement.engine.priced_pairs import priced_blocks
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem


def start_by_price(problem: Problem, prices: Floats) -> SearchState:
    """Where everything goes from the start at these prices, ``[resources, hosts]``; it may be illegal."""
    leaving = _leaving(problem, prices)
    weight = (problem.demand[:, leaving] * prices.mean(axis=1, keepdims=True)).sum(axis=0)
    start = SearchState(problem)
    gone = _Arrivals(start, leaving)
    for item in leaving[np.lexsort((leaving, -weight))]:
        gone.bring(int(item))
    return SearchState(problem, gone.place)


def _leaving(problem: Problem, prices: Floats) -> Ints:
    """Items that are cheaper elsewhere, and whatever may not stay where it is."""
    leaves: Bools = np.zeros(problem.items, dtype=bool)
    for block, costs in priced_blocks(problem, prices):
        start = problem.start[block]
        at_home = np.where(start == SPLIT, np.inf, costs[np.arange(len(costs)), start])
        leaves[block] = costs.min(axis=1) < at_home
    return np.flatnonzero(leaves)


class _Arrivals:
    """Everything but the leaving items, which come in one by one."""

    def __init__(self, state: SearchState, leaving: Ints) -> None:
        problem = self.problem = state.problem
        self.state = state
        self.place = state.place.copy()
        self.load, self.used = state.without([int(item) for item in leaving])
        self.there = state.there.copy()
        for item in leaving:
            at = self.place[item]
            here = {int(problem.member_start[vm]) for vm in problem.members[item]} if at == SPLIT else {int(at)}
            for group in state.groups_of.get(int(item), ()):
                for host in here:
                    state.count(self.there, group, int(item), host, -1)

    def bring(self, item: int) -> None:
        """To its cheapest host with room; it stays where it is if there is none."""
        problem, cost = self.problem, self.problem.host_cost
        room = self.used + problem.need[:, item, np.newaxis] <= problem.limit + TOLERANCE
        may: Bools = problem.mask(item) & (room.all(axis=0) | ~self.state.weighs[item])
        for group in self.state.groups_of.get(item, ()):
            may &= self.state.has_place(self.there, group, item)
        demand = problem.demand[:, item, np.newaxis]
        if may.any():
            prices = cost.of(self.load + demand) - cost.of(self.load) + problem.pair_cost[item]
            self.place[item] = int(np.where(may, prices, np.inf).argmin())
        host = int(self.place[item])
        if host == SPLIT:
            return  # its VMs stay apart; whoever asks finds the placement illegal
        self.load[:, host] += problem.demand[:, item]
        self.used[:, host] += problem.need[:, item]
        for group in self.state.groups_of.get(item, ()):
            self.state.count(self.there, group, item, host, +1)
