"""The rest of a plan that is being carried out, timed anew: what runs is kept, what cannot follow any more is told.

The plan's order stands, as the one who carries it out keeps to it: so the new times are legal however late it is, and
they are found at once. What is to move elsewhere is another question, which a new plan answers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from recommender.planning.order.kept import times_in_same_order
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.transfers.transfer import Transfer

LEAST_LEFT = 0.02  # share of a migration that is taken to be left when it should have been over


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan has come ``now_s`` after its start, by numbers of its steps.

    ``running``: when each was sent. ``gone``: failed, skipped or unknown, so that what depends on them cannot follow.
    """

    now_s: float
    done: Collection[int] = ()
    gone: Collection[int] = ()
    running: Mapping[int, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """``steps``: those that run and those to come, with the times that are expected now, by start.

    ``lost``: numbers of steps that will not be made, as one that failed would have had to make room for them.
    ``finish_s``: when the last one ends, from the plan's start.
    """

    steps: tuple[PlanStep, ...]
    lost: tuple[int, ...]
    finish_s: float


def rest_of(plan: Plan, transfers: Sequence[Transfer], progress: Progress) -> Rest:
    """What is left of ``plan``; ``transfers``: what each of its steps asks of the network, in their order."""
    running = progress.running or {}
    lost = _lost(plan, progress)
    over = {*progress.done, *progress.gone, *lost}
    positions = {step.number: position for position, step in enumerate(plan.steps)}
    left = list(transfers)
    for number, sent_s in running.items():
        step = plan.steps[positions[number]]
        passed = (progress.now_s - sent_s) / step.duration_s if step.duration_s else 1.0
        left[positions[number]] = _part(left[positions[number]], max(LEAST_LEFT, 1.0 - passed))
    times = times_in_same_order(
        plan.steps,
        left,
        now_s=progress.now_s,
        over=[positions[number] for number in over],
        under_way=[positions[number] for number in running],
    )
    steps = [
        replace(plan.steps[position], start_s=running.get(plan.steps[position].number, start_s), end_s=end_s)
        for position, (start_s, end_s) in times.items()
    ]
    steps.sort(key=lambda step: (step.start_s, step.number))
    finish_s = max((step.end_s for step in steps), default=progress.now_s)
    return Rest(steps=tuple(steps), lost=lost, finish_s=finish_s)


def _lost(plan: Plan, progress: Progress) -> tuple[int, ...]:
    """Dependents of those that are gone, and theirs; a step stands behind those it depends on."""
    gone = set(progress.gone)
    lost = []
    for step in plan.steps:
        is_open = step.number not in gone and step.number not in progress.done
        if is_open and step.number not in (progress.running or {}) and not gone.isdisjoint(step.depends_on):
            gone.add(step.number)
            lost.append(step.number)
    return tuple(lost)


def _part(transfer: Transfer, share: float) -> Transfer:
    return replace(transfer, fixed_s=transfer.fixed_s * share, work_mib=transfer.work_mib * share)
