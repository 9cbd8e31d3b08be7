"""Moves that are made only when nothing else helps: VMs that do not have to leave, where only mending is asked for."""

from dataclasses import replace

import numpy as np

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
