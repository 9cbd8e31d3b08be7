"""Settles by looking what a former run left open; nothing is sent here."""

from collections.abc import Callable
from dataclasses import dataclass

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.settle import SentMove, Settlement
from recommender.failpoints import Failpoint, reach
from recommender.ports import Clock, Journal, Migrator, OpenStep, StepOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A step that was open and what became of it."""

    step: OpenStep
    outcome: StepOutcome

    @property
    def turn(self) -> str:
        """In which it was decided, empty where unknown."""
        return self.step.turn

    def __str__(self) -> str:
        return f"step {self.step.number} of plan {self.step.plan_id[:12]} ({self.step.vm})"


def recover(
    journal: Journal,
    migrator: Migrator,
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    patience: Patience = DEFAULT_PATIENCE,
    follow: bool = True,
    is_ours: Callable[[OpenStep], bool] = lambda _: True,
) -> tuple[Recovered, ...]:
    """Follow every open step to its end, several at a time, and write the outcomes down, in order of their ends.

    Their plans are ended: what a dead process had not sent yet is never sent. A step that is still open when ``stop``
    says so, or without ``follow`` after one look, stays open and is not part of the answer. Others than ``is_ours`` are
    left alone. To be called while no other process carries out plans there. Raises ``JournalError``.
    """
    settlements = {step: _settlement(step, migrator, clock, patience) for step in journal.open_steps() if is_ours(step)}
    for plan_id in sorted({step.plan_id for step in settlements}):
        journal.end_plan(plan_id, clock.now())
    recovered: list[Recovered] = []
    while settlements:
        for step, settlement in tuple(settlements.items()):
            outcome = settlement.look()
            if outcome is None:
                continue
            del settlements[step]
            reach(Failpoint.IN_RECOVERY)
            if outcome.state is not step.state:  # an unknown one may stay so: nothing new to write down
                journal.record_outcome(step.plan_id, step.number, outcome, clock.now())
            recovered.append(Recovered(step=step, outcome=outcome))
        if stop() or not follow:
            break
        if settlements:
            clock.sleep(patience.poll_s)
    return tuple(recovered)


def _settlement(step: OpenStep, migrator: Migrator, clock: Clock, patience: Patience) -> Settlement:
    sent = SentMove(
        vm=step.vm,
        instance_uuid=step.instance_uuid,
        source=step.source,
        destination=step.destination,
        disk_moves=step.disk_moves,
        operation_id=step.operation_id,
        intended_at=step.intended_at,
        task=step.task,
    )
    # The process that made the call is dead, and its connections with it: doubt began no later than its intent.
    return Settlement(sent, migrator, clock, patience=patience, doubtful_since=step.intended_at)
