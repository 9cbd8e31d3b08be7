"""Why a VM is recommended to move, from one closed list."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from recommender.constraints.base import Violation
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import SPLIT, Problem
from recommender.placement.result import Reason

# Why a broken rule is mended; the order is the order in which one VM's several reasons are told. Whatever rule is not
# here says of a VM that stays that its host does not suit it.
REASON_OF_CONSTRAINT: Final = {
    "evacuated_host": Reason.HOST_MAINTENANCE,
    "host_available": Reason.HOST_MAINTENANCE,
    "vm_host_affinity": Reason.MUST_RUN_ON,
    "vm_anti_affinity": Reason.KEEP_APART,
    "vm_affinity": Reason.KEEP_TOGETHER,
    "cpu_capacity": Reason.CPU_OVERLOAD,
    "memory_capacity": Reason.MEMORY_OVERLOAD,
}
BEFORE_OTHERS: Final = frozenset(REASON_OF_CONSTRAINT) - {"cpu_capacity", "memory_capacity"}
OVERLOAD_REASONS: Final = (Reason.CPU_OVERLOAD, Reason.MEMORY_OVERLOAD)  # by resource, as in objectives
BALANCE_REASONS: Final = (Reason.BALANCE_CPU, Reason.BALANCE_MEMORY)


def mandatory_reasons(end: SearchState, broken: Sequence[Sequence[Violation]]) -> dict[int, Reason]:
    """The reason of each VM that a rule demands to move to where it is at the ``end``; ``broken``: by VM, its start.

    A VM leaves where rules are broken, follows another that it is kept together with, or makes room.
    """
    problem, found = end.problem, dict[int, Reason]()
    entered = set[int]()
    for group, host in zip(problem.members, map(int, end.place), strict=True):
        moved = [vm for vm in group if host not in (SPLIT, problem.member_start[vm])]
        told = {vm: reason for vm in moved if (reason := _of_violations(broken[vm])) is not None}
        if told:
            found |= {vm: told.get(vm, Reason.KEEP_TOGETHER) for vm in moved}
            entered.add(host)
    for item, home in enumerate(map(int, problem.start)):
        if home in entered and end.place[item] != home and not end.open_hosts(item)[home]:
            found |= {vm: Reason.MAKE_ROOM for vm in problem.members[item] if vm not in found}
    return found


def _of_violations(broken: Sequence[Violation]) -> Reason | None:
    if not broken:
        return None
    names = {violation.constraint for violation in broken}
    if not names.issubset(REASON_OF_CONSTRAINT) and names.isdisjoint(BEFORE_OTHERS):
        return Reason.INCOMPATIBLE_HOST
    return next(reason for name, reason in REASON_OF_CONSTRAINT.items() if name in names)


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
    _, headroom = max(cost.curve(best, source).kinks, default=(0.0, np.inf))  # the steepest
    is_overloaded = bool(start.load[best, source] > headroom)
    return OVERLOAD_REASONS[best] if is_overloaded else BALANCE_REASONS[best]
