"""How strongly a move is recommended, by how often what it gains pays what it costs."""

from typing import Final

from recommender.inventory.virtual_machine import VirtualMachine
from recommender.objectives.registry import GAIN_TO_COST
from recommender.policy import Policy

MANDATORY: Final = 1
WEAKEST: Final = 5


def price_of_seconds(policy: Policy, vm: VirtualMachine) -> float:
    """Objective units that a predicted second of migration of ``vm`` has to gain."""
    is_sensitive, weights = vm.is_powered_on and vm.is_latency_sensitive, policy.weights
    per_second = weights.sensitive_migration_second if is_sensitive else weights.migration_second
    return per_second * GAIN_TO_COST[policy.migration_threshold]


def priority_of(policy: Policy, gain: float, own_cost: float) -> int:
    """2 … 5 by how often ``gain`` pays the cost, at the ratios of the migration thresholds.

    ``own_cost``: of its seconds, at ``price_of_seconds``.
    """
    cost = own_cost / GAIN_TO_COST[policy.migration_threshold]
    for threshold, ratio in GAIN_TO_COST.items():
        if threshold > MANDATORY and gain >= ratio * cost:
            return threshold
    return WEAKEST
