"""The whole of a small question to CP-SAT: perhaps a better answer, and the proof of what can be had at best."""

import numpy as np

from recommender.placement.engine.neighbourhood_model import EXACT, solve_model
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import Floats
from recommender.placement.request import SolveLimits

MOST_TRIES = 10


def prove(state: SearchState, limits: SolveLimits, seed: int, run: SearchRun) -> float:
    """Put a better answer into a legal ``state`` if there is one; returns a bound of the objective (−∞ if unknown).

    The model takes curved costs for less than they are wherever no tangent touches them: each try adds tangents at the
    loads of the answer before, until the bound meets the best answer (Kelley's cutting planes, 1960).
    """
    problem = state.problem
    items, hosts = list(range(problem.items)), list(range(len(problem.hosts)))
    bound, left_s, touching = -np.inf, limits.whole_deterministic_s, list[Floats]()
    for _ in range(MOST_TRIES):
        if not run.goes_on(state):
            break
        answer = solve_model(
            state, items, hosts, deterministic_s=left_s, seed=seed, precision=EXACT, touching=[state.load, *touching]
        )
        bound, left_s = max(bound, answer.bound), left_s - answer.spent_s
        if answer.places is None:
            break
        found = SearchState(problem, np.array(answer.places, dtype=np.int64))
        touching.append(found.load)
        if found.is_legal() and found.cost() < state.cost():
            for item, host in zip(items, answer.places, strict=True):
                state.move(item, host)
        if is_proven(state.cost(), bound) or left_s <= 0:
            break
    return float(bound)


def is_proven(cost: float, bound: float) -> bool:
    """Whether a bound says that nothing is cheaper, but for rounding."""
    return cost - bound <= TOLERANCE * max(1.0, abs(bound))
