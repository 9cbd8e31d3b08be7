"""The best few moves of an answer, where their number or the memory they send is limited."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isinf

import numpy as np

from recommender.placement.engine.descent import repair
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.search import Found, Proof
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.few.best import MOST_MOVES, best_few_moves
from recommender.placement.few.search import spent_moves
from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem

MANDATORY, MAKES_WAY, PAYS = range(3)  # what comes first

SentMib = Callable[[int, int], float]  # MiB sent by bringing a VM (its index) to a host (its index)


@dataclass(frozen=True, slots=True)
class MoveLimit:
    """At most ``moves`` VMs move and they send at most ``mib``; infinite where nothing is said."""

    moves: float = np.inf
    mib: float = np.inf
    sent_mib: SentMib = lambda vm, host: 0.0  # noqa: ARG005 - nothing is counted where MiB do not matter

    def holds(self, moves: float, mib: float) -> bool:
        """Whether so much is allowed."""
        return moves <= self.moves and mib <= self.mib

    def without(self, moves: float, mib: float) -> "MoveLimit":
        """What is left of it once so much is used."""
        return replace(self, moves=self.moves - moves, mib=self.mib - mib)


def limited_to(limit: MoveLimit, found: Found, seed: int = 0, run: SearchRun | None = None) -> Found:
    """Within the limit: what has to leave moves first, then the best few moves that can be found.

    Every step is legal by itself. The bound stays true, and nothing is proven optimal any more.
    """
    problem = found.state.problem
    if limit.holds(*_spent(found.state, limit)):
        return found
    state, least_use = SearchState(problem), None
    if (uncrowded := _best_from_crowded(state, found.state, limit, seed, run)) is not None:
        return replace(found, state=uncrowded, proof=_without_optimum(found.proof))
    if not state.is_legal():
        state = _mended(found.state, limit)
    if state.is_legal():
        if isinf(limit.mib) and limit.moves <= MOST_MOVES:
            few = best_few_moves(state, found.state, int(limit.moves), seed, run)
            state, least_use = few.state, few.least_use
        else:
            state = _towards(found.state, state, limit.without(*_spent(state, limit)))
    return replace(found, state=state, proof=_without_optimum(found.proof), least_use=least_use)


def _without_optimum(proof: Proof) -> Proof:
    return proof if proof is Proof.INFEASIBLE else Proof.NONE


def _best_from_crowded(
    start: SearchState, goal: SearchState, limit: MoveLimit, seed: int, run: SearchRun | None
) -> SearchState | None:
    """The best few moves where nothing is wrong but that hosts are too full; ``None`` if these leave some so.

    What mends a full host is then to be found among all moves: those of the whole answer may be too many.
    """
    problem = start.problem
    is_crowded = bool((start.used > problem.limit + TOLERANCE).any()) and not problem.is_tolerant
    is_elsewise_wrong = (
        problem.must_leave.any() or (start.place == SPLIT).any() or (start.there > start.most_there).any()
    )
    if not is_crowded or is_elsewise_wrong or not isinf(limit.mib) or limit.moves > MOST_MOVES:
        return None
    state = best_few_moves(start, goal, int(limit.moves), seed, run).state
    return state if state.is_legal() else None


def _mended(goal: SearchState, limit: MoveLimit) -> SearchState:
    """What rules demand and no more, as the goal has it or, where its steps wait for each other, another way."""
    state = _towards(goal, SearchState(goal.problem), limit, only_mandatory=True)
    if not state.is_legal():
        mended = SearchState(goal.problem)
        repair(mended)
        if mended.is_legal() and limit.holds(*_spent(mended, limit)):
            return mended
    return state


def _towards(goal: SearchState, state: SearchState, limit: MoveLimit, *, only_mandatory: bool = False) -> SearchState:
    start = state.problem.start
    waiting = np.flatnonzero((goal.place != start) & (state.place == start))
    steps = _Steps(state, waiting, goal.place[waiting], limit)
    while steps.take_best(only_mandatory=only_mandatory):
        pass
    return state


def _spent(state: SearchState, limit: MoveLimit) -> tuple[int, float]:
    if isinf(limit.mib):
        return spent_moves(state), 0.0
    moved = [(int(item), int(state.place[item])) for item in np.flatnonzero(state.place != state.problem.start)]
    return spent_moves(state), sum(_mib(state.problem, item, host, limit) for item, host in moved)


class _Steps:
    """Items that have not moved yet and where each is to go; every step looks at all of them at once."""

    def __init__(self, state: SearchState, items: Ints, goal: Ints, limit: MoveLimit) -> None:
        self.state, self.items, self.goal, self.limit = state, items, goal, limit
        pairs = [(int(item), int(host)) for item, host in zip(items, goal, strict=True)]
        self.moves = np.array([_moves(state.problem, *pair) for pair in pairs], dtype=np.float64)
        self.mib = np.array([_mib(state.problem, *pair, limit) for pair in pairs], dtype=np.float64)

    def take_best(self, *, only_mandatory: bool) -> bool:
        """One step; false when none is left that is allowed and pays, or that rules demand."""
        if not len(self.items):
            return False
        misplaced, prices = self._misplaced(), self._prices()
        waited_for = np.isin(self.state.place[self.items], self.goal[misplaced]) & (self.moves < self.limit.moves)
        kinds = np.where(misplaced, MANDATORY, np.where(waited_for, MAKES_WAY, PAYS))
        ranked = np.lexsort((self.items, prices, kinds))
        wanted = (kinds != PAYS) if only_mandatory else (kinds != PAYS) | (prices < 0)
        may = self._open()[ranked] & wanted[ranked]
        if not may.any():
            return False
        best = int(ranked[may.argmax()])
        self.state.move(int(self.items[best]), int(self.goal[best]))
        self.limit = self.limit.without(float(self.moves[best]), float(self.mib[best]))
        for name in ("items", "goal", "moves", "mib"):
            setattr(self, name, np.delete(getattr(self, name), best))
        return True

    def _open(self) -> Bools:
        """Which of them may make their step now, within the limit."""
        state, problem = self.state, self.state.problem
        more = state.used[:, self.goal] + problem.need[:, self.items]
        room = (more <= problem.limit[:, self.goal] + TOLERANCE).all(axis=0) | ~state.weighs[self.items]
        may: Bools = room & (self.moves <= self.limit.moves) & (self.mib <= self.limit.mib)
        may &= problem.masks[problem.class_of[self.items], self.goal]
        for row, item in enumerate(self.items):
            if may[row] and int(item) in state.groups_of:
                may[row] = state.open_hosts(int(item))[self.goal[row]]
        return may

    def _misplaced(self) -> Bools:
        """Which of them stand where a rule says that they may not; see ``SearchState.is_misplaced``."""
        state, problem = self.state, self.state.problem
        place = state.place[self.items]
        broken: Bools = (place == SPLIT) | problem.must_leave[self.items]
        if not problem.is_tolerant:
            over = state.used[:, place] > problem.limit[:, place] + TOLERANCE
            broken |= (over & (problem.need[:, self.items] > 0)).any(axis=0)
            for row, item in enumerate(self.items):
                if not broken[row] and int(item) in state.groups_of:
                    broken[row] = state.is_misplaced(int(item))
        return broken

    def _prices(self) -> Floats:
        """What the objective would rise by with each step alone."""
        state, problem, cost = self.state, self.state.problem, self.state.problem.host_cost
        demand, here = problem.demand[:, self.items], state.place[self.items]
        there, left = state.load[:, self.goal], state.load[:, here]
        coming = (
            cost.at(self.goal, there + demand) - cost.at(self.goal, there) + problem.pair_cost[self.items, self.goal]
        )
        leaving = cost.at(here, left) - cost.at(here, left - demand) + problem.pair_cost[self.items, here]
        prices: Floats = coming - np.where(here == SPLIT, 0.0, leaving)
        return prices


def _moves(problem: Problem, item: int, host: int) -> int:
    """How many VMs have to move to bring the item there: of one that is split, some may be there already."""
    return sum(int(problem.member_start[vm]) != host for vm in problem.members[item])


def _mib(problem: Problem, item: int, host: int, limit: MoveLimit) -> float:
    return sum(limit.sent_mib(vm, host) for vm in problem.members[item] if int(problem.member_start[vm]) != host)
