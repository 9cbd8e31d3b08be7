"""A plan of chosen moves alone: a part of an answer need not keep the rules that the whole keeps, so it is checked."""

from collections.abc import Sequence
from datetime import datetime

from recommender.constraints.registry import constraints_for
from recommender.errors import PlanError
from recommender.inventory.inventory import Inventory
from recommender.journal.plan_file import SavedPlan
from recommender.placement.result import Move
from recommender.planning.basis import plan_basis
from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.policy import Policy


def plan_of(inventory: Inventory, policy: Policy, moves: Sequence[Move]) -> Plan:
    """These moves in time. Raises ``PlanError`` where they break a rule without the others, or have no order."""
    constraints = constraints_for(policy)
    plan = schedule(inventory, policy, tuple(moves), constraints)
    problems = [str(finding) for finding in replay(inventory, constraints, policy, plan)]
    problems += [f"{len(blocked.moves)} moves are blocked: {blocked.reason}" for blocked in plan.blocked]
    if problems:
        raise PlanError(f"these moves cannot be made without the others: {'; '.join(problems)}")
    return plan


def saved_part(
    inventory: Inventory, policy: Policy, moves: Sequence[Move], *, author: str, created_at: datetime
) -> SavedPlan:
    """The same as a plan to be applied once; ``created_at`` is aware UTC. Raises ``PlanError``."""
    plan = plan_of(inventory, policy, moves)
    return SavedPlan(
        plan=plan, policy=policy, basis=plan_basis(inventory, policy, plan), created_at=created_at, author=author
    )
