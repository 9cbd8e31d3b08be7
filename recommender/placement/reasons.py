"""Why a VM is recommended to move, from one closed list."""

from typing import Final

from recommender.constraints.base import Violation
from recommender.placement.problem import Problem
from recommender.placement.result import Reason
from recommender.placement.search_state import SearchState

# Why a broken rule is mended; the order is the order in which one VM's several reasons are told.
REASON_OF_CONSTRAINT: Final = {
    "evacuated_host": Reason.HOST_MAINTENANCE,
    "host_available": Reason.HOST_MAINTENANCE,
    "vm_host_affinity": Reason.MUST_RUN_ON,
    "vm_anti_affinity": Reason.KEEP_APART,
    "vm_affinity": Reason.KEEP_TOGETHER,
    "cpu_compatibility": Reason.INCOMPATIBLE_HOST,
    "datastore_reachable": Reason.INCOMPATIBLE_HOST,
    "network_reachable": Reason.INCOMPATIBLE_HOST,
    "cpu_capacity": Reason.CPU_OVERLOAD,
    "memory_capacity": Reason.MEMORY_OVERLOAD,
}
OVERLOAD_REASONS: Final = (Reason.CPU_OVERLOAD, Reason.MEMORY_OVERLOAD)  # by resource, as in objectives
BALANCE_REASONS: Final = (Reason.BALANCE_CPU, Reason.BALANCE_MEMORY)


def mandatory_reason(broken: list[Violation]) -> Reason | None:
    """The reason of a move away from where rules are broken, ``None`` if none is."""
    names = {violation.constraint for violation in broken}
    return next((reason for name, reason in REASON_OF_CONSTRAINT.items() if name in names), None)


def gainful_reason(problem: Problem, start: SearchState, vm: int, destination: int, should_gain: float) -> Reason:
    """The reason of a move that pays: a should-rule, an overloaded source, or else the resource that gains most."""
    source = int(problem.member_start[vm])
    cost, demand = problem.host_cost, problem.vm_demand[:, vm]
    gains = []
    for row, amount in enumerate(demand):
        here, there = cost.curve(row, source), cost.curve(row, destination)
        loads = start.load[row, source], start.load[row, destination]
        gains.append(here.of(loads[0]) - here.of(loads[0] - amount) + there.of(loads[1]) - there.of(loads[1] + amount))
    best = max(range(len(gains)), key=lambda row: gains[row])
    if should_gain > max(gains[best], 0.0):
        return Reason.SHOULD_RUN_ON
    is_overloaded = bool(start.load[best, source] > cost.line[best, source])
    return OVERLOAD_REASONS[best] if is_overloaded else BALANCE_REASONS[best]
