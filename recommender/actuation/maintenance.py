"""Brings an empty host into maintenance mode: one call, settled by looking."""

from collections.abc import Callable
from datetime import datetime

from recommender.actuation.patience import CLOCK_SKEW, DEFAULT_PATIENCE, MOMENT, Patience
from recommender.actuation.task_times import duration_s
from recommender.errors import InventoryError, MigrationRefused, OutcomeUnknown
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.ports import Clock, InventorySource, Migrator, StepOutcome, StepState, TaskRef, TaskState, TaskStatus

NAMED_AT_MOST = 5
ENTERS = "entermaintenance"  # in the names of the operation, in lower case
_LEFT_ALONE = (VmKind.VCLS, VmKind.AGENT)  # vCenter and the agents' owners stop what is theirs


def enter_maintenance_mode(
    host: EntityRef,
    *,
    operation_id: str,
    inventory_source: InventorySource,
    migrator: Migrator,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    deadline: datetime | None = None,
    patience: Patience = DEFAULT_PATIENCE,
) -> StepOutcome:
    """Look whether ``host`` is empty, send one call, and look until it is in maintenance mode.

    Done only if it was seen so. Skipped, with the reason, if anything but vCLS and agent VMs is on it or on its way to
    it, once ``stop`` says so, and after ``deadline`` (aware UTC). If the call's answer is lost, its task and the host
    tell; nothing is sent a second time.
    """
    try:
        inventory = inventory_source.read()
    except InventoryError as error:
        return StepOutcome(state=StepState.SKIPPED, detail=f"the host could not be looked at: {error}")
    if _is_in_maintenance(inventory, host):
        return StepOutcome(state=StepState.DONE, detail="the host was in maintenance mode already")
    reason = _reason_to_skip(inventory, host)
    if stop():
        reason = "stop was asked for"
    elif deadline is not None and clock.now() > deadline:
        reason = f"the window ended at {deadline:{MOMENT}}"
    if reason is not None:
        return StepOutcome(state=StepState.SKIPPED, detail=reason)
    watch = _Watch(host, operation_id, inventory_source, migrator, clock, patience)
    try:
        watch.task = migrator.enter_maintenance(host, operation_id)
    except MigrationRefused as refused:
        return StepOutcome(state=StepState.FAILED, detail=f"vCenter refused: {refused}")
    except OutcomeUnknown:
        pass  # settled by looking
    while (outcome := watch.look()) is None:
        clock.sleep(patience.poll_s)
    return outcome


class _Watch:
    def __init__(
        self,
        host: EntityRef,
        operation_id: str,
        source: InventorySource,
        migrator: Migrator,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self.task: TaskRef | None = None
        self._host, self._operation_id = host, operation_id
        self._source, self._migrator, self._clock, self._patience = source, migrator, clock, patience
        self._intended_at = clock.now()
        self._answered_s = self._began_s = clock.monotonic()

    def look(self) -> StepOutcome | None:
        """The outcome, or ``None`` while it cannot be told yet."""
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
        if status is not None and not status.has_ended:
            if waited_s < self._patience.maintenance_s:
                return None
            return _unknown(f"the host is still entering maintenance mode after {waited_s:.0f} s")
        if _is_in_maintenance(self._source.read(), self._host):
            return StepOutcome(
                state=StepState.DONE, detail="the host was seen in maintenance mode", duration_s=duration_s(status)
            )
        if status is not None and status.state is TaskState.ERROR:
            return StepOutcome(state=StepState.FAILED, detail=f"vCenter says: {status.error}")
        if waited_s < self._patience.appear_s:
            return None
        return StepOutcome(
            state=StepState.FAILED,
            detail=f"the host is not in maintenance mode, and nothing of it runs ({waited_s:.0f} s)",
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


def _is_in_maintenance(inventory: Inventory, ref: EntityRef) -> bool:
    host = inventory.find_host(ref)
    return host is not None and host.in_maintenance


def _reason_to_skip(inventory: Inventory, ref: EntityRef) -> str | None:
    host = inventory.find_host(ref)
    if host is None:
        return "the host is no longer in the inventory"
    if host.connection_state is not ConnectionState.CONNECTED:
        return f"the host is {host.connection_state.value}"
    left = [vm.name for vm in inventory.vms_charged_to(ref) if vm.kind not in _LEFT_ALONE]
    if not left:
        return None
    names = ", ".join(left[:NAMED_AT_MOST]) + (" …" if len(left) > NAMED_AT_MOST else "")
    return f"the host is not empty: {len(left)} VM{'s' if len(left) > 1 else ''} on it or on the way to it ({names})"


def _unknown(detail: str) -> StepOutcome:
    return StepOutcome(state=StepState.UNKNOWN, detail=f"{detail}; look at the host")
