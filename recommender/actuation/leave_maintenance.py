"""Takes a host out of maintenance mode: sent once, and only what was seen afterwards counts."""

from collections.abc import Callable
from datetime import datetime

from recommender.actuation.patience import CLOCK_SKEW, DEFAULT_PATIENCE, Patience
from recommender.actuation.settle_host import is_in_maintenance
from recommender.errors import InventoryError, MigrationRefused, OutcomeUnknown
from recommender.failpoints import Failpoint, reach
from recommender.inventory.reference import EntityRef
from recommender.ports import Clock, InventorySource, Migrator, StepOutcome, StepState, TaskRef, TaskState

LEAVES = "exitmaintenance"  # in the names of the operation, in lower case


def leave_maintenance_mode(
    host: EntityRef,
    operation_id: str,
    *,
    source: InventorySource,
    migrator: Migrator,
    clock: Clock,
    require_hold: Callable[[], None],
    stop: Callable[[], bool] = lambda: False,
    patience: Patience = DEFAULT_PATIENCE,
    intended_at: datetime | None = None,
) -> StepOutcome:
    """Send one call and look until the host is seen out of maintenance mode; the intent is written down already.

    A host that is out of it already needs no call. If the answer is lost, tasks and host tell. Skipped if ``stop``
    says so before the call, unknown if it does afterwards, or patience is over, while it is in maintenance mode.
    ``intended_at`` (aware UTC): a former process may have sent it since then; its task is followed, and only if none
    appears is it sent now. Right before, ``require_hold`` raises where another process acts by now: a person may have
    given that one's host new work.
    """
    try:
        if not is_in_maintenance(source.read(), host):
            return StepOutcome(state=StepState.DONE, detail="it was out of maintenance mode already")
        task = None if intended_at is None else _sent_before(host, intended_at, migrator, clock, patience)
    except InventoryError as error:
        return StepOutcome(state=StepState.SKIPPED, detail=f"it could not be looked at: {error}")
    sent_at, began_s = intended_at if task and intended_at else clock.now(), clock.monotonic()
    if task is None and stop():
        return StepOutcome(state=StepState.SKIPPED, detail="stop was asked for")
    try:
        if task is None:
            require_hold()
            task = migrator.exit_maintenance(host, operation_id)
            reach(Failpoint.AFTER_LEAVE_SUBMIT)
    except MigrationRefused as refused:
        return StepOutcome(state=StepState.FAILED, detail=f"vCenter refused: {refused}")
    except OutcomeUnknown:
        pass  # settled by looking
    while (outcome := _look(host, task, sent_at, source, migrator, clock.monotonic() - began_s, patience)) is None:
        if stop():
            return StepOutcome(state=StepState.UNKNOWN, detail="stop was asked for before it was seen back")
        clock.sleep(patience.poll_s)
    return outcome


def _sent_before(
    host: EntityRef, since: datetime, migrator: Migrator, clock: Clock, patience: Patience
) -> TaskRef | None:
    """The task of a call that a former process made; looked for until it would have appeared."""
    began_s = clock.monotonic()
    while True:
        found = [one for one in migrator.recent_tasks(host, since - CLOCK_SKEW) if LEAVES in one.operation.lower()]
        if found:
            return found[-1].task
        if clock.monotonic() - began_s >= patience.appear_s:
            return None
        clock.sleep(patience.poll_s)


def _look(
    host: EntityRef,
    task: TaskRef | None,
    sent_at: datetime,
    source: InventorySource,
    migrator: Migrator,
    waited_s: float,
    patience: Patience,
) -> StepOutcome | None:
    try:
        status = migrator.task(task) if task is not None else None
        if status is None:
            found = migrator.recent_tasks(host, sent_at - CLOCK_SKEW)
            status = next((one for one in reversed(found) if LEAVES in one.operation.lower()), None)
        if not is_in_maintenance(source.read(), host):
            return StepOutcome(state=StepState.DONE, detail="it was seen out of maintenance mode")
    except InventoryError as error:
        if waited_s < patience.silence_s:
            return None
        return StepOutcome(state=StepState.UNKNOWN, detail=f"vCenter could not be asked for {waited_s:.0f} s: {error}")
    if status is not None and status.state is TaskState.ERROR:
        return StepOutcome(state=StepState.FAILED, detail=f"vCenter says: {status.error}")
    if waited_s < (patience.appear_s if status is None else patience.maintenance_s):
        return None
    return StepOutcome(
        state=StepState.UNKNOWN, detail=f"it is still in maintenance mode after {waited_s:.0f} s; look at it"
    )
