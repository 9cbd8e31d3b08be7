"""How strongly a move is recommended, by how often what it gains pays what it costs."""

from typing import Final

from recommender.objectives.registry import GAIN_TO_COST
from recommender.policy import Policy

MANDATORY: Final = 1
WEAKEST: Final = 5


def price_of_seconds(policy: Policy) -> float:
    """Objective units that a predicted second of migration has to gain."""
    return policy.weights.migration_second * GAIN_TO_COST[policy.migration_threshold]


def priority_of(policy: Policy, gain: float, own_cost: float) -> int:
    """2 … 5 by how often ``gain`` pays the cost, at the ratios of the migration thresholds.

    ``own_cost``: of its seconds, at ``price_of_seconds``.
    """
    cost = own_cost / GAIN_TO_COST[policy.migration_threshold]
    for threshold, ratio in GAIN_TO_COST.items():
        if threshold > MANDATORY and gain >= ratio * cost:
            return threshold
    return WEAKEST
