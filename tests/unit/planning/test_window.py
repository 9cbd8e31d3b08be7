"""Does it fit the window: probabilities, the last start that fits, and who is left."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan
from recommender.planning.windows.finish_times import CASES, finish_times_s
from recommender.planning.windows.window import window_answer
from recommender.policy import ConcurrencyLimits
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, estimate, move, planned

ONE_BY_ONE = replace(POLICY, limits=ConcurrencyLimits(host_units=1))


def on_a(count: int) -> Inventory:
    return make_inventory([make_host("a"), make_host("b")], [make_vm(f"v{n}", "a", memory=512) for n in range(count)])


def chain(count: int, *, p95_s: float) -> Plan:
    """``count`` moves of 100 s, one after another."""
    inventory = on_a(count)
    moves = [replace(move(inventory, f"v{n}", "b"), estimate=estimate(100.0, p95_s=p95_s)) for n in range(count)]
    return planned(inventory, moves, ONE_BY_ONE)


def test_durations_that_are_certain_fit_or_do_not() -> None:
    plan = chain(3, p95_s=100.0)
    fits = window_answer(plan, 300.0)
    assert (fits.fits, fits.probability, fits.last_start_s, fits.left) == (True, 1.0, 0.0, ())
    assert window_answer(plan, 500.0).last_start_s == pytest.approx(200.0)
    late = window_answer(plan, 299.0)
    assert (late.fits, late.probability, late.last_start_s) == (False, 0.0, None)
    assert late.left == (plan.steps[2].move.vm,)
    assert len(window_answer(plan, 150.0).left) == 2


def test_a_single_move_keeps_its_own_interval() -> None:
    plan = chain(1, p95_s=200.0)
    assert window_answer(plan, 100.0).probability == pytest.approx(0.5, abs=0.07)
    assert window_answer(plan, 200.0).probability == pytest.approx(0.95, abs=0.03)
    assert window_answer(plan, 100.0).finish_p95_s == pytest.approx(200.0, rel=0.15)


def test_errors_that_are_shared_do_not_cancel_out() -> None:
    """Of 64 independent steps the sum would be within 4 % of its mean in nearly all cases."""
    finish = finish_times_s(chain(64, p95_s=200.0)).max(axis=0)
    assert finish.std() / finish.mean() > 0.2


def spread(plan: Plan, **changes: Any) -> float:
    steps = tuple(
        replace(step, move=replace(step.move, estimate=replace(step.move.estimate, **changes))) for step in plan.steps
    )
    finish = finish_times_s(replace(plan, steps=steps)).max(axis=0)
    return float(finish.std() / finish.mean())


def test_how_much_is_shared_is_what_estimates_say() -> None:
    plan = chain(64, p95_s=200.0)
    little, much = spread(plan, shared_share=0.05), spread(plan, shared_share=0.95)
    assert little < 0.15
    assert much > 0.4


def test_what_is_slow_between_other_sites_slows_nobody_here() -> None:
    plan = chain(64, p95_s=200.0)
    half = [f"{'ab'[number % 2]} > c" for number in range(len(plan.steps))]
    steps = tuple(
        replace(step, move=replace(step.move, estimate=replace(step.move.estimate, site_path=path, shared_share=0.95)))
        for step, path in zip(plan.steps, half, strict=True)
    )
    finish = finish_times_s(replace(plan, steps=steps)).max(axis=0)
    assert finish.std() / finish.mean() < 0.85 * spread(plan, shared_share=0.95)


def test_steps_that_wait_for_nobody_run_side_by_side_in_every_case() -> None:
    inventory = on_a(2)
    moves = [move(inventory, "v0", "b", seconds=100.0), move(inventory, "v1", "b", seconds=1.0)]
    ends = finish_times_s(planned(inventory, moves))
    assert ends.shape == (2, CASES)
    assert (ends[1] < ends[0]).mean() > 0.99


def test_the_same_seed_has_the_same_answer_and_a_longer_window_a_better_one() -> None:
    plan = chain(4, p95_s=180.0)
    assert window_answer(plan, 500.0, seed=3) == window_answer(plan, 500.0, seed=3)
    answers = [window_answer(plan, seconds) for seconds in (300.0, 400.0, 500.0, 600.0, 900.0)]
    assert [one.probability for one in answers] == sorted(one.probability for one in answers)
    assert [len(one.left) for one in answers] == sorted((len(one.left) for one in answers), reverse=True)


def test_what_is_blocked_fits_no_window_and_nothing_to_do_fits_every_one() -> None:
    inventory = make_inventory([make_host("a"), make_host("b", in_maintenance=True)], [make_vm("x", "a")])
    blocked = window_answer(planned(inventory, [move(inventory, "x", "b")]), 1e6)
    assert (blocked.fits, blocked.blocked) == (False, (ref("x"),))
    assert window_answer(planned(on_a(1), []), 10.0).fits
