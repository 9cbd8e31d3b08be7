"""What the journal of a rehearsal tells at its end, held against the data centre, the windows and the budgets."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from recommender.inventory.failed_move import Retry
from recommender.inventory.recent_move import RecentMove
from recommender.journal.records import PlanRecord, StepRecord
from recommender.journal.store import DatabaseJournal
from recommender.policy import RetryPolicy
from recommender.ports import StepState, TaskState
from recommender.service.balancing.acting import AUTHOR
from recommender.service.rehearsal.day import Day
from recommender.settings.settings import Settings
from recommender.simulation.datacenter import SimulatedDataCenter

ALL_PLANS: Final = 1_000_000
HOUR: Final = timedelta(hours=1)
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
MANDATORY: Final = 1

Plans = Sequence[tuple[PlanRecord, tuple[StepRecord, ...]]]


def broken_history(
    journal: DatabaseJournal, datacenter: SimulatedDataCenter, settings: Settings, day: Day
) -> Iterator[str]:
    """Each invariant that did not hold, in words."""
    plans = [(plan, journal.steps(plan.plan_id)) for plan in journal.plans(ALL_PLANS)]
    for plan, steps in plans:
        for step in steps:
            yield from _agrees_with_the_world(step, datacenter)
        if plan.author != AUTHOR:
            yield from _outside_its_window(plan.author, steps, settings, day)
    intended = {step.operation_id for _, steps in plans for step in steps}
    for call in datacenter.relocate_calls:
        if call.operation_id not in intended:
            yield f"{call.operation_id} was sent without an intent"
    yield from _beyond_the_budget(journal, datacenter, plans, settings.automation.moves_per_hour)
    yield from tried_against_the_rules([step for _, steps in plans for step in steps], settings.policy.retry)
    of_balancing = [step for plan, steps in plans if plan.author == AUTHOR for step in steps]
    yield from to_and_fro(of_balancing, timedelta(minutes=settings.automation.cool_down_minutes))


def _agrees_with_the_world(step: StepRecord, datacenter: SimulatedDataCenter) -> Iterator[str]:
    place = datacenter.place_of(step.vm) or datacenter.found_in(step.destination.vcenter, step.instance_uuid)
    addresses = {step.vm} if place is None else {step.vm, place.vm}
    tasks = [task for vm in sorted(addresses) for task in datacenter.recent_tasks(vm, BEGINNING)]
    tasks.sort(key=lambda task: str(task.queued_at))
    ours = [task.state for task in tasks if task.operation_id == step.operation_id and step.operation_id]
    arrived = ours == [TaskState.SUCCESS]
    # A person may have moved it on or removed it before we looked: then it is not where we brought it, and we say so.
    moved_on = place is None or (bool(tasks) and tasks[-1].operation_id != step.operation_id)
    if step.state not in (StepState.UNKNOWN, StepState.DONE) and arrived and not moved_on:
        yield f"{step.operation_id} arrived, the journal says {step.state.value}: {step.detail}"
    if step.state in (StepState.PENDING, StepState.SKIPPED) and ours:
        yield f"{step.operation_id} was sent, the journal says {step.state.value}"
    if step.state is StepState.DONE and not arrived and len(tasks) == len(ours):
        yield f"{step.operation_id} did not arrive, the journal says done"


def _outside_its_window(author: str, steps: Sequence[StepRecord], settings: Settings, day: Day) -> Iterator[str]:
    (evacuation,) = [one for one in settings.evacuation if author.endswith(one.name)]
    for step in steps:
        at = step.intended_at
        opening = None if at is None else day.opening_before(at)
        if at is not None and (opening is None or at >= opening + timedelta(minutes=evacuation.duration_minutes)):
            yield f"{step.operation_id} was started at {at}, outside the window of {author}"


def _beyond_the_budget(
    journal: DatabaseJournal, datacenter: SimulatedDataCenter, plans: Plans, moves_per_hour: int
) -> Iterator[str]:
    """What is not mandatory waits where more than the budget moved within the hour; what is, uses it up as well.

    Each process has a budget for its own vCenters.
    """
    done = journal.recent_moves(BEGINNING)
    priorities = {call.operation_id: call.move.priority for call in datacenter.relocate_calls}
    for plan, steps in plans:
        sent = [priorities[step.operation_id] for step in steps if step.operation_id in priorities]
        here = {end.vcenter for step in steps for end in (step.source, step.destination)}
        before = sum(
            plan.begun_at - HOUR < move.ended_at <= plan.begun_at and not here.isdisjoint(_ends(move)) for move in done
        )
        if plan.author == AUTHOR and any(one != MANDATORY for one in sent) and before + len(sent) > moves_per_hour:
            yield f"{len(sent)} moves at {plan.begun_at} after {before} within the hour, the budget is {moves_per_hour}"


def _ends(move: RecentMove) -> set[str]:
    return {move.source.vcenter, move.destination.vcenter}


def tried_against_the_rules(steps: Sequence[StepRecord], retry: RetryPolicy) -> Iterator[str]:
    """VMs that were sent again where they had failed, too often, or without proof that the former migration ended."""
    failed: dict[str, list[StepRecord]] = {}
    for step in sorted((one for one in steps if one.intended_at), key=lambda one: str(one.intended_at)):
        assert step.intended_at is not None  # noqa: S101  # chosen so
        since = step.intended_at - timedelta(seconds=retry.remember_s)
        before = [one for one in failed.get(step.instance_uuid, ()) if one.ended_at and since < one.ended_at]
        if any(one.retry is Retry.ELSEWHERE and one.destination == step.destination for one in before):
            yield f"{step.operation_id} was sent to {step.destination}, where the VM had failed"
        if any(one.retry is None for one in before):
            yield f"{step.operation_id} was sent although nothing proved that a former migration had ended"
        if len(before) >= retry.attempts:
            yield f"{step.operation_id} was sent after {len(before)} that failed, at most {retry.attempts} are allowed"
        if step.state is StepState.FAILED:
            failed.setdefault(step.instance_uuid, []).append(step)


def to_and_fro(steps: Sequence[StepRecord], rest: timedelta) -> Iterator[str]:
    """VMs that balancing brought back to where they came from before their cool-down was over."""
    last: dict[str, StepRecord] = {}
    done = [step for step in steps if step.state is StepState.DONE]
    for step in sorted(done, key=lambda one: str(one.intended_at)):
        before = last.get(step.instance_uuid)
        last[step.instance_uuid] = step
        if before is None or before.ended_at is None or step.intended_at is None:
            continue
        if before.source == step.destination and step.intended_at - before.ended_at < rest:
            told = f"between {before.source} and {before.destination}"
            yield f"{step.instance_uuid} went to and fro {told} within its cool-down"
