"""Large neighbourhood search: a few hosts at a time solved to the optimum by CP-SAT (Shaw 1998)."""

from recommender.placement.descent import descend
from recommender.placement.neighbourhood_model import solve_model
from recommender.placement.neighbourhoods import neighbourhood
from recommender.placement.request import SolveLimits
from recommender.placement.search_state import SearchState

WORTH_IT = 1e-6


def improve(state: SearchState, limits: SolveLimits, seed: int) -> int:
    """Improve a legal placement in place; returns the rounds made."""
    for number in range(limits.rounds):
        items, hosts = neighbourhood(state, number, seed)
        if len(items) < 2 or len(hosts) < 2:
            continue
        answer = solve_model(state, items, hosts, deterministic_s=limits.deterministic_s, seed=seed)
        if answer.places is not None:
            accept(state, items, answer.places)
    descend(state)
    return limits.rounds


def accept(state: SearchState, items: list[int], places: tuple[int, ...]) -> bool:
    """Take an answer if its true cost is lower; the model knows costs by tangents only."""
    before, old = state.cost(), [int(state.place[item]) for item in items]
    for item, host in zip(items, places, strict=True):
        state.move(item, host)
    if state.cost() < before - WORTH_IT:
        return True
    for item, host in zip(items, old, strict=True):
        state.move(item, host)
    return False
