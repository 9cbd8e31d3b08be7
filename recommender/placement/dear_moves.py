"""Moves that are made only when nothing else helps.

Where only mending is asked for, those of VMs that do not have to leave; else those that may not converge.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from recommender.inventory.reference import EntityRef
from recommender.placement.problem import SPLIT, Problem

DEAR = 1000.0  # objective units: more than any balance that one VM brings


def with_dear_moves(problem: Problem) -> tuple[Problem, bool]:
    """The problem in which every item that need not leave pays for leaving, and whether there is such an item."""
    stays = np.flatnonzero((problem.start != SPLIT) & ~problem.must_leave)
    if not len(stays):
        return problem, False
    pair_cost = problem.pair_cost.copy()
    home = pair_cost[stays, problem.start[stays]].copy()
    pair_cost[stays] += DEAR
    pair_cost[stays, problem.start[stays]] = home
    return replace(problem, pair_cost=pair_cost), True


def with_dear_pairs(problem: Problem, closed: Mapping[EntityRef, frozenset[EntityRef]]) -> Problem:
    """The problem in which every item pays for going to a host that is ``closed`` to one of its VMs."""
    pair_cost = problem.pair_cost.copy()
    for item, members in enumerate(problem.members):
        hosts = {ref for vm in members for ref in closed.get(problem.vms[vm].ref, ())}
        if hosts:
            row = [host.ref in hosts and place != problem.start[item] for place, host in enumerate(problem.hosts)]
            pair_cost[item, row] += DEAR
    return replace(problem, pair_cost=pair_cost)
