"""Questions as arrays for tests of single parts of the search."""

from typing import Any

from recommender.constraints.registry import constraints_for
from recommender.objectives.base import CostTerm
from recommender.objectives.registry import objectives_for
from recommender.placement.build_problem import build_problem
from recommender.placement.free_vms import FreeVms, free_vms
from recommender.placement.problem import Problem
from recommender.placement.request import PlacementRequest


def problem_of(asked: PlacementRequest) -> Problem:
    """The arrays that ``solve`` would search."""
    rules = constraints_for(asked.policy, evacuate=asked.evacuate)
    return build_problem(asked.inventory, rules, objectives_for(asked.policy), free_vms(asked, rules))


def problem_of_costs(inventory: Any, *terms: CostTerm) -> Problem:
    """All VMs free, no rules, only these costs."""
    free = FreeVms(vms=inventory.virtual_machines, must_leave=frozenset(), to_mend=(), is_reluctant=False)
    return build_problem(inventory, (), terms, free)
