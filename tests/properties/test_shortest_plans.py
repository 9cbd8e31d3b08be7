"""Odd small plans: nothing is wrong with them, and no timeline that keeps the rules is over before what they claim."""

from typing import Final

from hypothesis import event, given, settings

from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from tests.properties.every_timeline import EveryTimeline
from tests.properties.odd_plans import OddPlan, odd_plans

FEW: Final = 6  # so many steps are put into every order
ROUNDING_S: Final = 1e-6


@settings(max_examples=60, deadline=None, derandomize=True)
@given(odd_plans())
def test_nothing_is_wrong_with_a_plan_of_everything_at_once(case: OddPlan) -> None:
    plan = schedule(case.inventory, case.policy, case.moves, case.rules)
    event(f"blocked: {bool(plan.blocked)}, hops: {len(plan.steps) > len(case.moves)}")
    assert [str(one) for one in replay(case.inventory, case.rules, case.policy, plan, case.moves)] == []
    assert disagreements(case, plan) == []


@settings(max_examples=50, deadline=None, derandomize=True)
@given(odd_plans(sends=False, most=FEW))
def test_what_is_proven_of_a_plan_is_what_trying_every_timeline_finds(case: OddPlan) -> None:
    plan = schedule(case.inventory, case.policy, case.moves, case.rules)
    event(f"optimum claimed: {plan.makespan_lower_bound_s >= plan.makespan_s - ROUNDING_S}")
    assert disagreements(case, plan) == []


def disagreements(case: OddPlan, plan: Plan) -> list[str]:
    """What ``plan`` claims of its times and cannot be: too short, or proven too long."""
    told = []
    moves = [step.move for step in plan.steps]
    latest_s = max((move.estimate.duration_p95_s for move in moves), default=0.0)
    if plan.makespan_p95_s < max(latest_s, plan.makespan_s) - ROUNDING_S:
        told.append(f"it is promised (p95) after {plan.makespan_p95_s:g} s, one of its steps after {latest_s:g} s")
    if not 0 < len(moves) <= FEW:
        return told
    # Links that are shared make nothing shorter.
    shortest_s = EveryTimeline(case.inventory, case.policy, case.rules, moves).shortest_s(plan.makespan_s + 1.0)
    if shortest_s is None or shortest_s > plan.makespan_s + ROUNDING_S:
        told.append(f"it is over after {plan.makespan_s:g} s, which no timeline is: {shortest_s}")
    elif not any(move.estimate.sent_mib_p50 for move in moves) and (
        plan.makespan_lower_bound_s > shortest_s + ROUNDING_S
    ):
        told.append(f"{plan.makespan_lower_bound_s:g} s are said to be the least, {shortest_s:g} s are enough")
    return told
