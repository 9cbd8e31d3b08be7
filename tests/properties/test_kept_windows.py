"""What is promised of a window holds in the cases it was drawn from, and of a split in each part."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from recommender.placement.answer import inventory_after
from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.planning.windows.finish_times import finish_times_s
from recommender.planning.windows.split import split_over_windows
from recommender.planning.windows.window import WindowAnswer, window_answer
from tests.properties.odd_plans import OddPlan, odd_plans

SHARE: Final = 0.95
A_TICK_S: Final = 1e-6
WINDOWS_S: Final = st.sampled_from((15.0, 45.0, 80.0, 150.0, 400.0))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(odd_plans(), WINDOWS_S)
def test_what_is_said_of_a_window_is_so_in_the_cases(case: OddPlan, window_s: float) -> None:
    plan = schedule(case.inventory, case.policy, case.moves, case.rules)
    answer = window_answer(plan, window_s)
    event(f"fits: {answer.fits}, some: {bool(answer.left) and len(answer.left) < len(plan.steps)}")
    assert untruths(plan, answer) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(odd_plans(), WINDOWS_S)
def test_each_part_of_a_split_is_within_its_window_and_keeps_every_rule(case: OddPlan, window_s: float) -> None:
    assert broken_promises(case, window_s) == []


def untruths(plan: Plan, answer: WindowAnswer) -> list[str]:
    """Where ``answer`` differs from counting the cases one by one."""
    if not plan.steps:
        return [] if answer.last_start_s == answer.window_s else ["nothing to do can begin at any time"]
    cases = _Cases(plan)
    return [*_wrong_numbers(cases, answer), *_wrong_start(cases, answer), *_wrong_rest(cases, plan, answer)]


class _Cases:
    def __init__(self, plan: Plan) -> None:
        self._ends = finish_times_s(plan)

    def share(self, after_s: float, rows: Sequence[int] | None = None) -> float:
        """Of cases in which all steps, or these, are over by then."""
        some = self._ends if rows is None else self._ends[list(rows)]
        return float(np.mean([max(column) <= after_s for column in some.T])) if len(some) else 1.0


def _wrong_numbers(cases: _Cases, answer: WindowAnswer) -> Iterator[str]:
    share = cases.share(answer.window_s)
    if answer.probability != share:
        yield f"probability {answer.probability}, in the cases {share}"
    if answer.finish_p50_s > answer.finish_p95_s or cases.share(answer.finish_p95_s) < SHARE:
        yield f"p50 {answer.finish_p50_s}, p95 {answer.finish_p95_s}"
    if answer.fits != (share >= SHARE and not answer.blocked):
        yield "whether it fits"


def _wrong_start(cases: _Cases, answer: WindowAnswer) -> Iterator[str]:
    if (answer.last_start_s is None) != (cases.share(answer.window_s) < SHARE):
        yield f"last start {answer.last_start_s} where {cases.share(answer.window_s)} of the cases are over in time"
    if answer.last_start_s is None:
        return
    left_s = answer.window_s - answer.last_start_s
    if not 0.0 <= answer.last_start_s <= answer.window_s or cases.share(left_s + A_TICK_S) < SHARE:
        yield f"begun at the last start that fits, {cases.share(left_s)} of the cases are over in time"
    if cases.share(left_s - A_TICK_S) >= SHARE:
        yield "what begins later than the last start that fits would fit, too"


def _wrong_rest(cases: _Cases, plan: Plan, answer: WindowAnswer) -> Iterator[str]:
    kept = [row for row, step in enumerate(plan.steps) if step.move.vm not in answer.left]
    if cases.share(answer.window_s, kept) < SHARE:
        yield "without those that are left it does not fit"
    if bool(answer.left) != (cases.share(answer.window_s) < SHARE):
        yield f"{len(answer.left)} are left"


def broken_promises(case: OddPlan, window_s: float) -> list[str]:
    """What is wrong with the parts in which the moves are split over windows."""
    split = split_over_windows(case.inventory, case.policy, case.moves, case.rules, window_s)
    told, picture = [], case.inventory
    made = [step.move.vm for part in split.parts for step in part.plan.steps]
    if {*made, *(move.vm for move in split.left)} != {move.vm for move in case.moves}:
        told.append("some are neither in a part nor left")
    if set(made) & {move.vm for move in split.left}:
        told.append("some are both in a part and left")
    for part in split.parts:
        told += untruths(part.plan, part.answer)
        if part.answer.window_s != window_s or part.plan.makespan_s > window_s or part.answer.probability < SHARE:
            told.append(f"a part of {part.plan.makespan_s:g} s is not within its window")
        told += [str(one) for one in replay(picture, case.rules, case.policy, part.plan)]
        picture = inventory_after(picture, [step.move for step in part.plan.steps])
    return told
