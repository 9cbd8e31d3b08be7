"""One cycle on one screen: poll ─▶ placement ─▶ plan ─▶ approval ─▶ actuation ─▶ journal.

``decide`` is a pure function of the request. What acts is ``carry_out``, and it looks again before every step.
"""

from dataclasses import dataclass
from datetime import datetime

from recommender.errors import InventoryStale, PlanError
from recommender.inventory.inventory import Inventory
from recommender.placement.engine.run import SearchRun
from recommender.placement.request import PlacementRequest
from recommender.placement.result import PlacementResult
from recommender.placement.rules_asked import rules_asked
from recommender.placement.solve import solve
from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was asked, what should move, and when."""

    request: PlacementRequest
    result: PlacementResult
    plan: Plan


def decide(request: PlacementRequest, run: SearchRun | None = None) -> Decision:
    """Choose destinations, put the moves in time, and check the plan step by step.

    Raises as ``decide_on``.
    """
    return decide_on(request, solve(request, run))


def decide_on(request: PlacementRequest, result: PlacementResult) -> Decision:
    """Put the moves of an answer in time, and check the plan step by step.

    Raises ``PlanError`` if the check finds a broken rule: then two parts of this program disagree and nothing
    may be done on the word of either.
    """
    constraints = rules_asked(request)
    plan = schedule(request.inventory, request.policy, result.moves, constraints)
    findings = replay(request.inventory, constraints, request.policy, plan, result.moves)
    if findings:
        told = "; ".join(str(finding) for finding in findings)
        raise PlanError(f"the plan fails its own check, nothing is done (please report this): {told}")
    return Decision(request=request, result=result, plan=plan)


def require_fresh(inventory: Inventory, policy: Policy, now: datetime) -> None:
    """Raise ``InventoryStale`` for an inventory that is too old to decide on or to act on."""
    age_s = (now - inventory.taken_at).total_seconds()
    if age_s > policy.max_inventory_age_s:
        raise InventoryStale(
            f"the inventory is {age_s:.0f} s old, the policy allows {policy.max_inventory_age_s} s: poll again"
        )
