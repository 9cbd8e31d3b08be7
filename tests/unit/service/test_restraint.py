"""The service does not move a VM to and fro, nor more than it may."""

from datetime import timedelta

import pytest

from recommender.inventory.recent_move import RecentMove
from recommender.placement.result import Move
from recommender.service.balancing.restraint import Restraint
from recommender.settings.automation import AutomationSettings
from tests.inventories import TAKEN_AT, ref
from tests.unit.journal.plans import make_move


def moved(vm: str, source: str, destination: str, *, minutes_ago: int = 10) -> RecentMove:
    ended_at = TAKEN_AT - timedelta(minutes=minutes_ago)
    return RecentMove(instance_uuid=f"uuid-{vm}", source=ref(source), destination=ref(destination), ended_at=ended_at)


def waiting(move: Move, *recent: RecentMove, rounds: int = 9, rejected: bool = False, **limits: int) -> str | None:
    key = (f"uuid-{move.vm.moid}", move.destination)
    restraint = Restraint(
        settings=AutomationSettings.model_validate(limits),
        now=TAKEN_AT,
        recent=recent,
        rounds={key: rounds},
        rejected={key} if rejected else set(),
    )
    chosen, reasons = restraint.chosen([(move, key[0])])
    assert (move in chosen) == (move.vm not in reasons)
    return reasons.get(move.vm)


MOVE = make_move("v1", "b", "a")
URGENT = make_move("v1", "b", "a", priority=1)


def test_a_move_that_nothing_speaks_against_is_made() -> None:
    assert waiting(MOVE) is None
    assert waiting(MOVE, moved("v1", "a", "b", minutes_ago=61)) is None


@pytest.mark.parametrize("move", [MOVE, URGENT])
def test_nothing_goes_back_within_its_cool_down_not_even_for_a_rule(move: Move) -> None:
    assert waiting(move, moved("v1", "a", "b")) == "it would go back to where it came from within its cool-down"


def test_a_vm_rests_after_a_move_unless_a_rule_needs_it_elsewhere() -> None:
    assert waiting(MOVE, moved("v1", "c", "b")) == "it rests until 12:50:00 UTC"
    assert waiting(URGENT, moved("v1", "c", "b")) is None


def test_a_recommendation_has_to_stand_unless_it_is_mandatory() -> None:
    assert waiting(MOVE, rounds=1) == "wanted by 1 of 2 decisions in a row"
    assert waiting(MOVE, rounds=2) is None
    assert waiting(URGENT, rounds=1) is None


@pytest.mark.parametrize("move", [MOVE, URGENT])
def test_what_a_person_rejected_is_not_made(move: Move) -> None:
    assert waiting(move, rejected=True) == "a person has rejected this move"


def test_budgets_of_vm_host_and_hour() -> None:
    four = [moved("v1", "c", "b", minutes_ago=minutes) for minutes in (100, 200, 300, 400)]
    assert waiting(MOVE, *four) == "it has moved 4 times within a day"
    others = [moved(f"o{number}", "a", "d") for number in range(3)]
    assert waiting(MOVE, *others, moves_per_host_per_hour=3) == "3 moves from or to host vc/a within an hour"
    assert waiting(MOVE, *others, moves_per_host_per_hour=4) is None
    assert waiting(MOVE, *others, moves_per_hour=3) == "3 moves within an hour"
    long_ago = [moved(f"o{number}", "a", "d", minutes_ago=61) for number in range(3)]
    assert waiting(MOVE, *long_ago, moves_per_hour=3) is None


def test_a_budget_goes_to_the_most_urgent_first() -> None:
    moves = [make_move(f"v{number}", "b", "a", priority=priority) for number, priority in ((1, 4), (2, 2), (3, 3))]
    settings = AutomationSettings(hold_rounds=1, moves_per_hour=2)
    restraint = Restraint(settings=settings, now=TAKEN_AT, recent=(), rounds={}, rejected=set())
    chosen, reasons = restraint.chosen([(move, move.vm.moid) for move in moves])
    assert [move.vm.moid for move in chosen] == ["v2", "v3"]
    assert list(reasons) == [ref("v1")]


def test_after_plans_that_gained_too_little_a_recommendation_has_to_stand_for_longer() -> None:
    settings = AutomationSettings(hold_rounds=2)
    key = ("uuid-v1", MOVE.destination)
    restraint = Restraint(settings=settings, now=TAKEN_AT, recent=(), rounds={key: 3}, rejected=set(), hold_factor=2)
    assert restraint.chosen([(MOVE, key[0])]) == ((), {MOVE.vm: "wanted by 3 of 4 decisions in a row"})
