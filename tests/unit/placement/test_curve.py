"""What the best few moves buy is what an answer with so many moves would say."""

from dataclasses import replace

import pytest

from recommender.placement.request import PlacementRequest
from recommender.placement.solve import solve
from tests.inventories import make_vm
from tests.unit.placement.questions import evacuation, request, small_host


def overloaded() -> PlacementRequest:
    vms = [make_vm(f"vm-{number}", "h1", cpu=1200, memory=500) for number in range(9)]
    return replace(request([small_host(f"h{n}") for n in (1, 2, 3)], vms), with_curve=True)


def test_every_point_is_the_answer_with_so_many_moves_at_most() -> None:
    asked = overloaded()
    free = solve(asked)
    assert [point.moves for point in free.curve] == [0, 1, 2, 5, 6]
    for point in free.curve[:-1]:
        limited = solve(replace(asked, policy=replace(asked.policy, max_moves=point.moves)))
        assert len(limited.moves) == point.moves
        assert point.objective == pytest.approx(limited.objective.total)
        assert point.sent_mib == pytest.approx(sum(move.estimate.sent_mib_p50 for move in limited.moves))
    assert free.curve[-1].objective == pytest.approx(free.objective.total)


def test_the_first_point_is_the_fleet_as_it_stands() -> None:
    start = solve(overloaded()).curve[0]
    assert (start.sent_mib, start.broken_rules, start.cpu_highest) == (0, 1, 1.08)
    assert start.memory_highest == 0.45
    assert start.overload_left == pytest.approx(1.08 - 0.85)
    assert start.cpu_deviation == pytest.approx((((1.08 - 0.36) ** 2 + 2 * 0.36**2) / 3) ** 0.5)


def test_more_moves_never_buy_less() -> None:
    objectives = [point.objective for point in solve(overloaded()).curve]
    assert objectives == sorted(objectives, reverse=True)


def test_an_evacuation_counts_what_is_left_to_leave() -> None:
    vms = [make_vm(name, "h1", memory=1000) for name in "abc"]
    asked = replace(evacuation([small_host("h1"), small_host("h2")], vms, "h1"), with_curve=True)
    assert [(point.moves, point.broken_rules) for point in solve(asked).curve] == [(0, 3), (1, 2), (2, 1), (3, 0)]


def test_nobody_pays_for_a_curve_that_was_not_asked_for() -> None:
    assert solve(replace(overloaded(), with_curve=False)).curve == ()
