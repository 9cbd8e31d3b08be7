"""A VM that goes by way of another host is two migrations, of the hour and of each host that it touches."""

from dataclasses import replace

import pytest

from recommender.inventory.recent_move import RecentMove
from recommender.placement.result import Move
from recommender.planning.plan import Plan, PlanStep
from recommender.service.balancing.migration_budget import move_beyond_the_budget
from recommender.settings.automation import AutomationSettings
from tests.inventories import TAKEN_AT, ref
from tests.unit.journal.plans import make_move

FIRST, BY_WAY, LAST = make_move("v1", "a", "b"), make_move("v2", "a", "b"), make_move("v3", "d", "e")
MOVES = (FIRST, BY_WAY, LAST)


def plan_of(*moves: Move) -> Plan:
    steps = tuple(
        PlanStep(number=number, move=move, start_s=0.0, end_s=1.0) for number, move in enumerate(moves, start=1)
    )
    return Plan(steps=steps, makespan_s=1.0, makespan_p95_s=1.0, makespan_lower_bound_s=1.0)


DIRECT = plan_of(*MOVES)
DETOUR = plan_of(FIRST, make_move("v2", "a", "c"), make_move("v2", "c", "b"), LAST)


def limits(**values: int) -> AutomationSettings:
    return AutomationSettings.model_validate(values)


@pytest.mark.parametrize(
    ("plan", "budget", "beyond"),
    [
        (DETOUR, limits(), None),
        (DETOUR, limits(moves_per_hour=4), None),
        (DETOUR, limits(moves_per_hour=3), LAST),
        (DIRECT, limits(moves_per_hour=2), None),  # what the decision made of the budget is not asked again
        (DETOUR, limits(moves_per_host_per_hour=2), None),
        (DETOUR, limits(moves_per_host_per_hour=1), BY_WAY),
    ],
)
def test_the_last_move_that_takes_too_much_waits(plan: Plan, budget: AutomationSettings, beyond: Move | None) -> None:
    assert move_beyond_the_budget(plan, MOVES, [], budget) is beyond


def test_the_host_on_the_way_has_a_budget_as_well() -> None:
    earlier = [RecentMove(instance_uuid="u", source=ref("c"), destination=ref("x"), ended_at=TAKEN_AT)]
    assert move_beyond_the_budget(DETOUR, MOVES, earlier, limits(moves_per_host_per_hour=2)) is BY_WAY
    assert move_beyond_the_budget(DIRECT, MOVES, earlier, limits(moves_per_host_per_hour=2)) is None


def test_what_rules_demand_is_made_whatever_the_budget() -> None:
    moves = tuple(replace(move, priority=1) for move in MOVES)
    assert move_beyond_the_budget(DETOUR, moves, [], limits(moves_per_hour=1, moves_per_host_per_hour=1)) is None
