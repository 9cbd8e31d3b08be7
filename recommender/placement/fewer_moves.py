"""The best few moves of an answer, where the policy limits their number."""

from dataclasses import dataclass, replace

import numpy as np

from recommender.placement.descent import repair
from recommender.placement.problem import Problem
from recommender.placement.search import Found, Proof
from recommender.placement.search_state import SearchState

MANDATORY, MAKES_WAY, PAYS = range(3)  # what comes first


def limited_to(most: int, found: Found) -> Found:
    """At most ``most`` VMs move: what has to leave first, then whatever saves most at each step.

    Every step is legal by itself. The bound stays true, and nothing is proven optimal any more.
    """
    problem = found.state.problem
    if _moved(found.state) <= most:
        return found
    state = _towards(found.state, SearchState(problem), most)
    if not state.is_legal():
        # Steps of the answer may wait for each other; what only has to be mended may find another way.
        mended = SearchState(problem)
        repair(mended)
        if mended.is_legal() and _moved(mended) <= most:
            state = _towards(found.state, mended, most - _moved(mended))
    proof = found.proof if found.proof is Proof.INFEASIBLE else Proof.NONE
    return replace(found, state=state, proof=proof)


def _towards(goal: SearchState, state: SearchState, most: int) -> SearchState:
    start = state.problem.start
    waiting = np.flatnonzero((goal.place != start) & (state.place == start))
    steps = _Steps(state, {int(item): int(goal.place[item]) for item in waiting}, most)
    while steps.take_best():
        pass
    return state


def _moved(state: SearchState) -> int:
    items = np.flatnonzero(state.place != state.problem.start)
    return sum(_moves(state.problem, int(item), int(state.place[item])) for item in items)


@dataclass(slots=True)
class _Steps:
    """``goal``: where the items that have not moved yet are to go; ``left``: how many VMs may still move."""

    state: SearchState
    goal: dict[int, int]
    left: int

    def take_best(self) -> bool:
        """One step; false when none is left that is allowed and pays."""
        waited_for = {host for item, host in self.goal.items() if self.state.is_misplaced(item)}
        ranked = [(*self._rank(item, waited_for), item) for item in self.goal if self._is_open(item)]
        if not ranked:
            return False
        kind, price, item = min(ranked)
        if kind == PAYS and price >= 0:
            return False
        host = self.goal.pop(item)
        self.left -= _moves(self.state.problem, item, host)
        self.state.move(item, host)
        return True

    def _is_open(self, item: int) -> bool:
        host = self.goal[item]
        return _moves(self.state.problem, item, host) <= self.left and bool(self.state.open_hosts(item)[host])

    def _rank(self, item: int, waited_for: set[int]) -> tuple[int, float]:
        state = self.state
        price = float(state.prices_of_coming(item)[self.goal[item]]) - state.price_of_leaving(item)
        if state.is_misplaced(item):
            return MANDATORY, price
        spare = self.left - _moves(state.problem, item, self.goal[item])
        return (MAKES_WAY if spare > 0 and int(state.place[item]) in waited_for else PAYS), price


def _moves(problem: Problem, item: int, host: int) -> int:
    """How many VMs have to move to bring the item there: of one that is split, some may be there already."""
    return sum(int(problem.member_start[vm]) != host for vm in problem.members[item])
