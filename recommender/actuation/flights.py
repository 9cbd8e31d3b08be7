"""Our migrations under way: sends each once and follows several at a time until each is settled, or seems to hang."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from recommender.actuation.operation_id import step_operation_id
from recommender.actuation.patience import Patience
from recommender.actuation.settle import SentMove, Settlement
from recommender.actuation.shown_flights import shown_in_flight
from recommender.actuation.step_log import StepLog
from recommender.errors import InventoryError, MigrationRefused, OutcomeUnknown
from recommender.failpoints import Failpoint, reach
from recommender.inventory.failed_move import Retry
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.kept_settings import KeptSettings
from recommender.planning.move_check import MoveCheck
from recommender.planning.plan import PlanStep
from recommender.ports import Clock, Migrator, StepOutcome, StepState, TaskRef
from recommender.restoration import OpenRestoration

SAME_TIME_S: Final = 1e-6  # what arithmetic leaves between the end of a pause and the time of the next look


@dataclass(slots=True, kw_only=True)
class _Flight:
    step: PlanStep
    settlement: Settlement
    sent_at: datetime
    sent_s: float
    looks_at_s: float
    told_percent: int | None = None
    is_left: bool = False
    kept: KeptSettings | None = None


class Flights:
    """Follows what it sends. What takes far too long is left: nobody waits for it, and it still counts as under way."""

    def __init__(self, *, migrator: Migrator, log: StepLog, clock: Clock, patience: Patience) -> None:
        self._migrator, self._log, self._clock, self._patience = migrator, log, clock, patience
        self._flights: dict[int, _Flight] = {}

    @property
    def running(self) -> tuple[PlanStep, ...]:
        """The steps that were sent and are waited for."""
        return tuple(flight.step for flight in self._flights.values() if not flight.is_left)

    @property
    def left(self) -> tuple[PlanStep, ...]:
        """The steps that were sent and seem to hang."""
        return tuple(flight.step for flight in self._flights.values() if flight.is_left)

    def check(self, step: PlanStep) -> MoveCheck:
        """What vCenter says of it now; a vCenter that cannot be asked has said nothing."""
        try:
            return self._migrator.check(step.move)
        except InventoryError as error:
            return MoveCheck(unavailable=str(error))

    def send(self, step: PlanStep, instance_uuid: str, inventory: Inventory, kept: KeptSettings | None = None) -> None:
        """Write the intent down, then send exactly one call; nothing is sent if it could not be written.

        ``kept`` is made anew where the VM has come to, before the step counts as done.
        Raises ``HeldBack`` where an order of a person forbids it.
        """
        operation_id = step_operation_id(self._log.plan_id, step.number)
        intended_at = self._clock.now()
        if not (
            self._log.intend(step, operation_id, intended_at)
            and self._log.expect_settings(step, kept)
            and self._may_still_be_sent()
        ):
            self._log.skipped(step, f"nothing was sent: {self._log.journal_error}")
            return
        reach(Failpoint.BEFORE_SUBMIT)
        task: TaskRef | None = None
        try:
            task = self._migrator.relocate(step.move, operation_id)
        except MigrationRefused as refused:
            self._log.sent(step)
            outcome = StepOutcome(
                state=StepState.FAILED,
                detail=f"vCenter refused: {refused}",
                retry=Retry.ANYWHERE if refused.passes else Retry.ELSEWHERE,
            )
            self._log.ended(step, outcome, intended_at)
            return
        except OutcomeUnknown:
            pass  # settled by looking, as every call is
        reach(Failpoint.AFTER_SUBMIT)
        move = step.move
        sent = SentMove(
            vm=move.vm,
            instance_uuid=instance_uuid,
            source=move.source,
            destination=move.destination,
            disk_moves=move.disk_moves,
            operation_id=operation_id,
            intended_at=intended_at,
            task=task,
        )

        def host_name(ref: EntityRef) -> str:
            host = inventory.find_host(ref)
            return host.name if host else str(ref)

        settlement = Settlement(sent, self._migrator, self._clock, patience=self._patience, name_of=host_name)
        sent_s = self._clock.monotonic()
        self._flights[step.number] = _Flight(
            step=step,
            settlement=settlement,
            sent_at=intended_at,
            sent_s=sent_s,
            looks_at_s=sent_s + self._patience.look_again_s(0.0, len(self._flights) + 1),
            kept=kept,
        )
        if task is not None:
            self._log.submitted(step, task)
            reach(Failpoint.AFTER_TASK)
        self._log.sent(step)

    def _may_still_be_sent(self) -> bool:
        reach(Failpoint.AFTER_INTENT)
        return self._log.may_still_be_sent()

    @property
    def pause_s(self) -> float:
        """Until one of them is to be looked at again."""
        now_s, poll_s = self._clock.monotonic(), self._patience.poll_s
        return max(0.0, min([flight.looks_at_s - now_s for flight in self._flights.values()], default=poll_s))

    def look(self) -> None:
        """Look once at each whose turn it is."""
        now_s = self._clock.monotonic()
        for number, flight in tuple(self._flights.items()):
            if flight.looks_at_s > now_s + SAME_TIME_S:
                continue
            flight.looks_at_s = now_s + self._patience.look_again_s(now_s - flight.sent_s, len(self._flights))
            had_task = flight.settlement.task is not None
            outcome = flight.settlement.look()
            if flight.settlement.task is not None and not had_task:
                self._log.submitted(flight.step, flight.settlement.task)
            if outcome is not None and outcome.state is StepState.UNKNOWN and flight.is_left:
                continue  # told already, and open in the journal
            percent = flight.settlement.progress_percent
            if percent is not None and percent != flight.told_percent:
                flight.told_percent = percent
                self._log.progress(flight.step, percent)
            if outcome is not None:
                del self._flights[number]
                reach(Failpoint.BEFORE_OUTCOME)
                self._log.ended(flight.step, self._with_settings(flight, outcome), flight.sent_at)
                reach(Failpoint.AFTER_OUTCOME)
            elif not flight.is_left:
                self._leave_if_it_hangs(flight)

    def _leave_if_it_hangs(self, flight: _Flight) -> None:
        ran_s = self._clock.monotonic() - flight.sent_s
        if ran_s < self._patience.hangs_after_s(flight.step.duration_p95_s):
            return
        flight.is_left = True
        at = "" if flight.told_percent is None else f" (at {flight.told_percent} %)"
        self._log.left(
            flight.step,
            f"it has not ended after {ran_s:.0f} s{at}, its p95 was {flight.step.duration_p95_s:.0f} s: nothing waits "
            "for it any more, later turns look what became of it",
            flight.sent_at,
        )

    def _with_settings(self, flight: _Flight, outcome: StepOutcome) -> StepOutcome:
        """The outcome, after a VM that has arrived was given what its old cluster said of it."""
        if flight.kept is None or outcome.state is StepState.UNKNOWN:
            return outcome
        step = flight.step
        if outcome.state is not StepState.DONE:
            self._log.no_settings(step)
            return outcome
        expected = OpenRestoration(
            plan_id=self._log.plan_id, number=step.number, kept=flight.kept, destination=step.move.destination
        )
        told = self._log.restored(expected, self._migrator, self._patience)
        return replace(outcome, detail=f"{outcome.detail}; {told}")

    def shown_in(self, inventory: Inventory) -> Inventory:
        """The picture with all of them, since vCenter may not tell of each yet, or not whereto."""
        for flight in self._flights.values():
            move = flight.step.move
            inventory = shown_in_flight(inventory, move.vm, move.source, move.destination, move.disk_moves)
        return inventory
