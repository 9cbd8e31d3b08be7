"""Writes down and tells what happens to the steps of one plan; remembers how each ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from recommender.actuation.patience import Patience
from recommender.actuation.restoring import restore
from recommender.actuation.step_result import OnEvent, StepEvent, StepEventKind, StepResult
from recommender.errors import HeldBack, JournalError
from recommender.inventory.failed_move import Retry
from recommender.planning.kept_settings import KeptSettings
from recommender.planning.plan import PlanStep
from recommender.ports import Clock, Journal, Migrator, Order, StepOutcome, StepState, TaskRef
from recommender.restoration import OpenRestoration, RestorationState

STILL_TO_BE_MADE: Final = "what its old cluster said of it is still to be made in the new one: a later turn does that"


class StepLog:
    """After the first ``journal_error`` nothing may be sent any more; what still runs is written down if that works."""

    def __init__(self, *, plan_id: str, journal: Journal, clock: Clock, on_event: OnEvent) -> None:
        self.plan_id = plan_id
        self.results: dict[int, StepResult] = {}
        self.journal_error: JournalError | None = None
        self._journal, self._clock, self._on_event = journal, clock, on_event
        self._notes: dict[int, tuple[str, ...]] = {}

    def intend(self, step: PlanStep, operation_id: str, at: datetime) -> bool:
        """Write down that it is about to be sent; only if this is true may it be. Raises ``HeldBack``."""
        return self._write(lambda: self._journal.record_intent(self.plan_id, step.number, operation_id, at))

    def may_still_be_sent(self) -> bool:
        """After the intent, right before the call: whether it is surely still us who act."""
        return self._write(self._journal.require_hold)

    def order(self) -> Order | None:
        """What people have told us that keeps this plan from starting anything."""
        found: list[Order | None] = []
        self._write(lambda: found.append(self._journal.standing_order(self.plan_id)))
        return found[0] if found else None

    def checked(self, step: PlanStep, notes: tuple[str, ...]) -> None:
        """What is to be known of it before it is sent; told at once, and written down with its outcome."""
        if notes:
            self._notes[step.number] = notes
            self._on_event(StepEvent(at=self._clock.now(), kind=StepEventKind.CHECKED, step=step, notes=notes))

    def sent(self, step: PlanStep) -> None:
        """Its call was made."""
        self._on_event(StepEvent(at=self._clock.now(), kind=StepEventKind.SENT, step=step))

    def submitted(self, step: PlanStep, task: TaskRef) -> None:
        """vCenter has a task for it."""
        self._write(lambda: self._journal.record_submitted(self.plan_id, step.number, task, self._clock.now()))

    def progress(self, step: PlanStep, percent: int) -> None:
        """It has come so far."""
        now = self._clock.now()
        self._on_event(StepEvent(at=now, kind=StepEventKind.PROGRESS, step=step, progress_percent=percent))

    def skipped(self, step: PlanStep, reason: str, retry: Retry | None = None) -> None:
        """It is not sent; ``retry`` where another destination may do."""
        self.ended(step, StepOutcome(state=StepState.SKIPPED, detail=reason, retry=retry))

    def ended(self, step: PlanStep, outcome: StepOutcome, sent_at: datetime | None = None) -> None:
        """It will not change any more, as far as this run can tell."""
        now = self._clock.now()
        if notes := self._notes.pop(step.number, ()):
            outcome = replace(outcome, detail="; ".join((outcome.detail, *(f"known before: {note}" for note in notes))))
        self.results[step.number] = StepResult(step=step, outcome=outcome, sent_at=sent_at, ended_at=now)
        self._write(lambda: self._journal.record_outcome(self.plan_id, step.number, outcome, now))
        self._on_event(StepEvent(at=now, kind=StepEventKind.ENDED, step=step, outcome=outcome))

    def left(self, step: PlanStep, reason: str, sent_at: datetime) -> None:
        """Nothing waits for it any more: unknown as far as this run can tell, and open in the journal as it was."""
        now, outcome = self._clock.now(), StepOutcome(state=StepState.UNKNOWN, detail=reason)
        self.results[step.number] = StepResult(step=step, outcome=outcome, sent_at=sent_at, ended_at=now)
        self._on_event(StepEvent(at=now, kind=StepEventKind.ENDED, step=step, outcome=outcome))

    def guarded(self, act: Callable[[], object]) -> None:
        """Something else that writes into the journal: where that fails nothing may be sent any more."""
        self._write(act)

    def expect_settings(self, step: PlanStep, kept: KeptSettings | None) -> bool:
        """Write down what its VM is to have again where it comes to, so that a crash does not lose that."""
        if kept is None:
            return True
        destination = step.move.destination
        return self._write(lambda: self._journal.restorations.expect(self.plan_id, step.number, kept, destination))

    def no_settings(self, step: PlanStep) -> None:
        """Its VM has not left."""
        now, state, detail = self._clock.now(), RestorationState.SKIPPED, "the VM has not arrived"
        self._write(lambda: self._journal.restorations.end(self.plan_id, step.number, state, detail, now))

    def restored(self, expected: OpenRestoration, migrator: Migrator, patience: Patience) -> str:
        """Make it, and write that down; in words, what came of it."""
        found: list[StepOutcome | None] = []
        self._write(
            lambda: found.append(
                restore(expected, journal=self._journal, migrator=migrator, clock=self._clock, patience=patience)
            )
        )
        outcome = next(iter(found), None)
        return STILL_TO_BE_MADE if outcome is None else outcome.detail

    def _write(self, write: Callable[[], object]) -> bool:
        try:
            write()
        except HeldBack:
            raise
        except JournalError as error:
            self.journal_error = self.journal_error or error
            return False
        return True
