"""The best few moves of an answer, where the policy limits their number."""

from dataclasses import replace

import numpy as np

from recommender.placement.search import Found, Proof
from recommender.placement.search_state import SearchState


def limited_to(most: int, found: Found) -> Found:
    """At most ``most`` VMs move: what has to leave first, then whatever saves most at each step.

    Every step is legal by itself. The bound stays true, and nothing is proven optimal any more.
    """
    problem, goal = found.state.problem, found.state.place
    moving = [int(item) for item in np.flatnonzero(goal != problem.start)]
    if sum(len(problem.members[item]) for item in moving) <= most:
        return found
    state, left = SearchState(problem), most
    while True:
        open_now = [
            item for item in moving if len(problem.members[item]) <= left and state.open_hosts(item)[goal[item]]
        ]
        if not open_now:
            break
        best = min(open_now, key=lambda item: (not state.is_misplaced(item), _price(state, item, int(goal[item]))))
        if not state.is_misplaced(best) and _price(state, best, int(goal[best])) >= 0:
            break
        state.move(best, int(goal[best]))
        moving.remove(best)
        left -= len(problem.members[best])
    proof = found.proof if found.proof is Proof.INFEASIBLE else Proof.NONE
    return replace(found, state=state, proof=proof)


def _price(state: SearchState, item: int, host: int) -> float:
    return float(state.prices_of_coming(item)[host]) - state.price_of_leaving(item)
