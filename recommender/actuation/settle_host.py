"""Settles what became of a call for maintenance mode by looking at its task and at the host."""

from datetime import datetime

from recommender.actuation.patience import CLOCK_SKEW, DEFAULT_PATIENCE, Patience
from recommender.actuation.task_times import duration_s
from recommender.errors import InventoryError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.ports import Clock, InventorySource, Migrator, StepOutcome, StepState, TaskRef, TaskState, TaskStatus

ENTERS = "entermaintenance"  # in the names of the operation, in lower case


class HostSettlement:
    """Looks again and again until it knows; ``look`` never waits.

    ``intended_at`` (aware UTC) is before the call, ``task`` its answer, ``None`` where that was lost. ``age_s``: for
    how long it has been waited for already, by others.
    """

    def __init__(
        self,
        host: EntityRef,
        operation_id: str,
        intended_at: datetime,
        source: InventorySource,
        migrator: Migrator,
        clock: Clock,
        *,
        task: TaskRef | None = None,
        patience: Patience = DEFAULT_PATIENCE,
        age_s: float = 0.0,
    ) -> None:
        self.task = task
        self._host, self._operation_id, self._intended_at = host, operation_id, intended_at
        self._source, self._migrator, self._clock, self._patience = source, migrator, clock, patience
        self._answered_s = self._began_s = clock.monotonic()
        self.is_running = False  # as the last look saw its task
        self._age_s = age_s

    @property
    def waited_s(self) -> float:
        """For how long it has been waited for, by others as well."""
        return self._age_s + self._clock.monotonic() - self._began_s

    def look(self) -> StepOutcome | None:
        """The outcome, or ``None`` while it cannot be told yet. ``UNKNOWN`` once patience is over."""
        now_s = self._clock.monotonic()
        try:
            outcome = self._look(now_s - self._began_s)
        except InventoryError as error:
            silent_s = now_s - self._answered_s
            if silent_s < self._patience.silence_s:
                return None
            return _unknown(f"vCenter could not be asked for {silent_s:.0f} s: {error}")
        self._answered_s = now_s
        return outcome

    def _look(self, waited_s: float) -> StepOutcome | None:
        status = self._status()
        self.is_running = status is not None and not status.has_ended
        if self.is_running:
            in_all_s = self._age_s + waited_s
            if in_all_s < self._patience.maintenance_s:
                return None
            return _unknown(f"it is still entering maintenance mode after {in_all_s:.0f} s")
        if is_in_maintenance(self._source.read(), self._host):
            return StepOutcome(
                state=StepState.DONE, detail="it was seen in maintenance mode", duration_s=duration_s(status)
            )
        if status is not None and status.state is TaskState.ERROR:
            return StepOutcome(state=StepState.FAILED, detail=f"vCenter says: {status.error}")
        if waited_s < self._patience.appear_s:
            return None
        return StepOutcome(
            state=StepState.FAILED,
            detail=f"it is not in maintenance mode, and nothing of it runs ({waited_s:.0f} s)",
        )

    def _status(self) -> TaskStatus | None:
        known = self._migrator.task(self.task) if self.task is not None else None
        if known is not None:
            return known
        found = self._migrator.recent_tasks(self._host, self._intended_at - CLOCK_SKEW)
        for status in found:
            if status.operation_id == self._operation_id or status.task == self.task:
                self.task = status.task
                return status
        # vCenter may show another id than the one that was sent: whoever's it is, the host is on its way.
        return next((status for status in reversed(found) if ENTERS in status.operation.lower()), None)


def is_in_maintenance(inventory: Inventory, ref: EntityRef) -> bool:
    """Whether the host, or datastore, is there and in maintenance mode."""
    found = inventory.find_host(ref) or inventory.find_datastore(ref)
    return found is not None and found.in_maintenance


def _unknown(detail: str) -> StepOutcome:
    return StepOutcome(state=StepState.UNKNOWN, detail=f"{detail}; look at it in vCenter")
