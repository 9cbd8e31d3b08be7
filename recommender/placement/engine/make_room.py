"""Room for an item that fits nowhere: others leave one host for it, each to where it may be now (ejection chains).

Glover, Ejection chains, reference structures and alternating path methods, 1996; here of one link.
"""

from itertools import islice

import numpy as np

from recommender.placement.engine.state import TOLERANCE, SearchState
from recommender.placement.problem import SPLIT, Bools, Floats

MOST_HOSTS = 50  # those that lack least are tried
MOST_LEAVING = 6

_Steps = list[tuple[int, int]]  # (item, host) in the order of moving


def make_room(state: SearchState, item: int) -> bool:
    """Bring the item to where the fewest others have to leave for it; false, with nothing moved, if that is nowhere."""
    best: _Steps | None = None
    for host in _hosts_by_shortage(state, item):
        most = MOST_LEAVING if best is None else len(best) - 1
        steps = _leaving(state, item, host, most)
        if steps is not None:
            best = [*steps, (item, host)]
        if best is not None and len(best) <= 2:
            break
    for moving, host in best or ():
        state.move(moving, host)
    return best is not None


def _hosts_by_shortage(state: SearchState, item: int) -> list[int]:
    problem = state.problem
    mask = problem.mask(item).copy()
    if state.place[item] != SPLIT:
        mask[state.place[item]] = False
    lack = np.maximum(state.used + problem.need[:, item, np.newaxis] - problem.limit, 0.0)
    share = (lack / np.maximum(problem.limit.max(axis=1, initial=1.0), 1.0)[:, np.newaxis]).sum(axis=0)
    hosts = np.flatnonzero(mask)
    return [int(host) for host in hosts[np.argsort(share[hosts], kind="stable")][:MOST_HOSTS]]


def _leaving(state: SearchState, item: int, host: int, most: int) -> _Steps | None:
    """Who leaves ``host`` and for where, at most so many; ``None`` if that is not enough. The state is as before."""
    steps: _Steps = []
    left = set[int]()
    while not state.open_hosts(item)[host]:
        step = _one_leaves(state, item, host, left) if len(steps) < most else None
        if step is None:
            break
        state.move(*step)
        steps.append(step)
        left.add(step[0])
    is_enough = bool(state.open_hosts(item)[host])
    for moved, _ in reversed(steps):
        state.move(moved, host)
    return steps if is_enough else None


def _one_leaves(state: SearchState, item: int, host: int, left: set[int]) -> tuple[int, int] | None:
    """The next to leave: who may not be beside the item, else the smallest that is enough, else the biggest."""
    problem, rivals, lack = state.problem, _rivals(state, item, host), _lack(state, item, host)
    there = [int(other) for other in np.flatnonzero(state.place == host) if other != item and other not in left]
    candidates = [other for other in there if other in rivals] if rivals else there
    short = lack > 0

    def rank(other: int) -> tuple[bool, float]:
        need = problem.need[short, other]
        is_enough = bool((need >= lack[short]).all())
        return not is_enough, float(need.sum()) * (1 if is_enough else -1)

    for other in sorted(candidates, key=rank):
        if not rivals and not problem.need[short, other].any():
            continue
        may: Bools = state.open_hosts(other)
        if may.any():
            prices = np.where(may, state.prices_of_coming(other), np.inf)
            return other, int(prices.argmin())
    return None


def _lack(state: SearchState, item: int, host: int) -> Floats:
    """By how much the item does not fit, ``[capacities]``; 0 where it does."""
    problem = state.problem
    lack: Floats = state.used[:, host] + problem.need[:, item] - problem.limit[:, host]
    lack[lack <= TOLERANCE] = 0.0
    return np.maximum(lack, 0.0)


def _rivals(state: SearchState, item: int, host: int) -> set[int]:
    """Those on the host that have to be apart from the item."""
    groups = state.groups_of.get(item, ())
    found = {
        other
        for group in groups
        for other in state.problem.apart[group]
        if group not in state.problem.spreads and other != item and state.place[other] == host
    }
    for group in groups:
        spread = state.problem.spreads.get(group)
        if spread is not None and not state.has_place(state.there, group, item)[host]:
            of_domain = np.flatnonzero(spread.domain_of == spread.domain_of[host])
            there = (other for other in state.problem.apart[group] if other != item and state.place[other] in of_domain)
            found |= {*islice(there, 1)}
    return found
