"""What must hold at every event of a rehearsal, looked at from outside the service."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from recommender.constraints.check import caused_by_move
from recommender.constraints.registry import constraints_for
from recommender.errors import InventoryUnavailable
from recommender.journal.audit_chain import problems
from recommender.journal.records import StepRecord
from recommender.journal.store import DatabaseJournal
from recommender.placement.result import Move
from recommender.ports import StepState, TaskRef, TaskState
from recommender.service.acting import AUTHOR
from recommender.settings.settings import Settings
from recommender.simulation.clock import MONDAY_MORNING
from recommender.simulation.datacenter import SimulatedDataCenter

ALL_PLANS: Final = 1_000_000


class Checks:
    """Stands before the data centre and looks at each call that changes something; ``broken`` gets what is wrong."""

    def __init__(
        self, datacenter: SimulatedDataCenter, settings: Settings, broken: list[str], say: Callable[[str], None]
    ) -> None:
        self._say = say
        self._datacenter, self._settings, self._broken = datacenter, settings, broken
        self._operations: Counter[str] = Counter()
        rules = constraints_for(settings.policy)
        self._continuous = [constraint for constraint in rules if constraint.continuous]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._datacenter, name)

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        """The call itself, after it was looked at."""
        self._say(f"{operation_id}: {move.vm} from {move.source} to {move.destination} ({move.reason.value})")
        self._operations[operation_id] += 1
        if self._operations[operation_id] > 1:
            self._broken.append(f"{operation_id} was sent twice")
        try:
            now = self._datacenter.read()
        except InventoryUnavailable:
            return self._datacenter.relocate(move, operation_id)
        vm, destination = now.find_vm(move.vm), now.find_host(move.destination)
        if vm is not None and destination is not None:
            if now.in_flight_of(move.vm) is not None:
                self._broken.append(f"{move.vm} was sent while it is in a migration")
            for violation in caused_by_move(self._continuous, now, vm, destination):
                self._broken.append(f"{operation_id} breaks {violation.constraint}: {violation.reason}")
        return self._datacenter.relocate(move, operation_id)

    def at_the_end(self, journal: DatabaseJournal) -> None:
        """What the journal says of all days, held against the data centre and against itself."""
        if left := journal.open_steps():
            self._broken.append(f"{len(left)} steps are still open: {left[0]}")
        self._broken += [f"audit: {problem}" for problem in problems(journal.audit.entries())]
        done: list[StepRecord] = []
        for plan in journal.plans(ALL_PLANS):
            steps = journal.steps(plan.plan_id)
            self._agrees_with_the_world(steps)
            if plan.author == AUTHOR:
                done += [step for step in steps if step.state is StepState.DONE]
            else:
                self._is_within_its_window(plan.author, steps)
        self._goes_not_to_and_fro(done)

    def _agrees_with_the_world(self, steps: tuple[StepRecord, ...]) -> None:
        for step in steps:
            tasks = self._datacenter.recent_tasks(step.vm, MONDAY_MORNING - timedelta(days=1))
            ours = [task.state for task in tasks if task.operation_id == step.operation_id and step.operation_id]
            arrived = ours == [TaskState.SUCCESS]
            # A person may have moved it on before we looked: then it is not where we brought it, and we say so.
            moved_on = bool(tasks) and tasks[-1].operation_id != step.operation_id
            if step.state not in (StepState.UNKNOWN, StepState.DONE) and arrived and not moved_on:
                self._broken.append(f"{step.operation_id} arrived, the journal says {step.state.value}: {step.detail}")
            if step.state is StepState.PENDING and ours:
                self._broken.append(f"{step.operation_id} was sent without an intent")
            if step.state is StepState.DONE and not arrived and len(tasks) == len(ours):
                self._broken.append(f"{step.operation_id} did not arrive, the journal says done")

    def _is_within_its_window(self, author: str, steps: tuple[StepRecord, ...]) -> None:
        (window,) = [one for one in self._settings.evacuation if author.endswith(one.name)]
        hour = int(window.cron.split()[1])
        for step in steps:
            at = step.intended_at
            if at is None:
                continue
            opens = at.replace(hour=hour, minute=0, second=0, microsecond=0)
            if not opens <= at < opens + timedelta(minutes=window.duration_minutes):
                self._broken.append(f"{step.operation_id} was started at {at}, outside the window of {author}")

    def _goes_not_to_and_fro(self, done: list[StepRecord]) -> None:
        rest = timedelta(minutes=self._settings.automation.cool_down_minutes)
        last: dict[str, StepRecord] = {}
        for step in sorted(done, key=lambda one: str(one.intended_at)):
            before = last.get(step.instance_uuid)
            last[step.instance_uuid] = step
            if before is None or before.ended_at is None or step.intended_at is None:
                continue
            if before.source == step.destination and step.intended_at - before.ended_at < rest:
                told = json.dumps([str(before.source), str(before.destination)])
                self._broken.append(f"{step.instance_uuid} went to and fro between {told} within its cool-down")
