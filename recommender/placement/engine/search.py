"""The whole search on one problem: repair, descent, a start by price, exchanges, neighbourhoods, the proof."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from recommender.placement.engine.bound import PricedBound, lower_bound
from recommender.placement.engine.descent import descend, repair
from recommender.placement.engine.exchange import exchange_undecided
from recommender.placement.engine.improve import improve
from recommender.placement.engine.neighbourhood_model import solve_model
from recommender.placement.engine.prove import is_proven, prove
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.start_by_price import start_by_price
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import Problem
from recommender.placement.request import SolveLimits

ANY_LEGAL_CHOICES = 30_000  # up to so many pairs CP-SAT is asked for any legal placement where descent found none


class Proof(Enum):
    """What is known of the question apart from the answer."""

    NONE = "none"
    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Found:
    """The best placement found, a lower limit of every legal one (``None`` if unknown), and what is proven.

    ``least_use``: proven of the highest CPU use with a limit of moves, where that was asked.
    """

    state: SearchState
    bound: float | None
    proof: Proof
    least_use: float | None = None


def search(problem: Problem, limits: SolveLimits, seed: int, run: SearchRun) -> Found:
    """The best placement within the limits; equal arguments, and a stop after as many rounds, give an equal answer.

    What rules demand is done whenever the run is stopped, unless CP-SAT has to be asked for it.
    """
    state = SearchState(problem)
    run.proves(None)
    repair(state)
    descend(state, run)
    if not state.is_legal():
        proof = Proof.NONE if run.is_stopped else _find_any_legal(state, limits, seed)
        if not state.is_legal():
            return Found(state, None, proof)
        descend(state, run)
    priced = lower_bound(state, run, enough=state.cost() * (1 - limits.negligible))
    run.proves(priced.value if priced else None)
    if priced and problem.items and not _is_near(state, priced.value, limits.negligible) and not run.is_stopped:
        state = _exchanged(state, priced, limits, run)
    is_small = problem.items * len(problem.hosts) <= limits.most_pairs
    if priced and is_small and not _is_near(state, priced.value, limits.good_enough):
        improve(state, priced.prices, limits, seed, run)
    bound = priced.value if priced else None
    proof = Proof.NONE
    if 0 < _choices(problem) <= limits.whole_choices:
        whole = prove(state, limits, seed, run)
        bound = whole if bound is None else max(bound, whole)
    if bound is not None:
        bound = min(bound, state.cost())  # rounding of the proofs: no bound is above an answer
        if is_proven(state.cost(), bound):
            proof = Proof.OPTIMAL
    return Found(state, bound, proof)


def _exchanged(state: SearchState, priced: PricedBound, limits: SolveLimits, run: SearchRun) -> SearchState:
    """The better of this placement and the one that follows from the prices, after exchanges.

    What is better before may be worse afterwards: where it takes little time both are tried.
    """
    problem, again = state.problem, start_by_price(state.problem, priced.prices)
    repair(again)
    descend(again, run)
    starts = sorted([state, again] if again.is_legal() else [state], key=SearchState.cost)
    is_small = problem.items * len(problem.hosts) <= limits.most_pairs
    for start in starts if is_small else starts[:1]:
        if not _is_near(start, priced.value, limits.negligible):
            exchange_undecided(start, priced.prices, limits.most_proposals(problem.items), run)
    return min(starts, key=SearchState.cost)


def _is_near(state: SearchState, bound: float, share: float) -> bool:
    return state.cost() - bound <= share * state.cost()


def _find_any_legal(state: SearchState, limits: SolveLimits, seed: int) -> Proof:
    """Ask CP-SAT where descent stopped short; puts its answer into ``state``."""
    problem = state.problem
    if not np.logical_or.reduce(problem.masks, axis=1)[problem.class_of].all():
        return Proof.INFEASIBLE  # an item has no host at all
    if not problem.is_tolerant and (problem.limit < -TOLERANCE).any():
        return Proof.INFEASIBLE  # what may not move is too much for a host
    if _needs_more_than_there_is(problem):
        return Proof.INFEASIBLE
    if _choices(problem) > ANY_LEGAL_CHOICES:
        return Proof.NONE
    items, hosts = list(range(problem.items)), list(range(len(problem.hosts)))
    answer = solve_model(state, items, hosts, deterministic_s=limits.whole_deterministic_s, seed=seed, any_legal=True)
    for item, host in zip(items, answer.places or (), strict=False):
        if state.place[item] != host:
            state.move(item, host)
    return Proof.INFEASIBLE if answer.is_infeasible else Proof.NONE


def _needs_more_than_there_is(problem: Problem) -> bool:
    """Whether the items need more than all hosts together that any of them may use."""
    usable = problem.masks.any(axis=0)
    room = np.maximum(problem.limit, 0.0)
    if problem.is_tolerant:
        room = np.maximum(room, SearchState(problem).used)
    room = room[:, usable].sum(axis=1)
    return bool((problem.need.sum(axis=1) > room + TOLERANCE).any())


def _choices(problem: Problem) -> int:
    return int(problem.masks.sum(axis=1)[problem.class_of].sum())
