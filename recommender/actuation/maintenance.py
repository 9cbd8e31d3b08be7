"""Brings an empty host into maintenance mode: written down, sent once, settled by looking, written down again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from recommender.actuation.operation_id import maintenance_operation_id
from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.actuation.settle_host import HostSettlement, is_in_maintenance
from recommender.errors import HandedOver, HeldBack, InventoryError, MigrationRefused, OutcomeUnknown
from recommender.failpoints import Failpoint, reach
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.policy import VsanEvacuation
from recommender.ports import Clock, InventorySource, Journal, Migrator, OrderKind, StepOutcome, StepState

NAMED_AT_MOST = 5
_LEFT_ALONE = (VmKind.VCLS, VmKind.AGENT)  # vCenter and the agents' owners stop what is theirs


@dataclass(slots=True, kw_only=True)
class Closing:
    """Brings one host into maintenance mode; ``look`` never waits, so that migrations can be followed meanwhile.

    ``vsan``: what vSAN does with its data, ``None`` for a host without vSAN.
    Nothing but ``begin_if_empty`` and ``look`` sends anything, and both together at most one call.
    """

    host: EntityRef
    plan_id: str
    source: InventorySource
    migrator: Migrator
    journal: Journal
    clock: Clock
    stop: Callable[[], bool] = lambda: False
    deadline: datetime | None = None
    vsan: VsanEvacuation | None = None
    patience: Patience = DEFAULT_PATIENCE
    outcome: StepOutcome | None = field(default=None, init=False)
    _was_tried: bool = field(default=False, init=False)
    _settlement: HostSettlement | None = field(default=None, init=False)

    @property
    def is_under_way(self) -> bool:
        """Whether the call was made and is not settled."""
        return self._settlement is not None and self.outcome is None

    def begin_if_empty(self) -> None:
        """Make the call if nothing speaks against it now, tried once; otherwise ``look`` says why not."""
        if not self._was_tried:
            self._was_tried = True
            if self._ended_before_the_call() is None:
                self._begin()

    def look(self) -> StepOutcome | None:
        """The outcome, ``None`` while it cannot be told yet. Raises ``JournalError``."""
        if self.outcome is not None:
            return self.outcome
        if self._settlement is None:
            self.outcome = self._ended_before_the_call() or self._begin()
        elif (found := self._settlement.look()) is not None:
            self._end(found)
        return self.outcome

    def _begin(self) -> StepOutcome | None:
        operation_id, intended_at = maintenance_operation_id(self.plan_id, self.host), self.clock.now()
        try:
            self.journal.record_host_intent(self.plan_id, self.host, operation_id, intended_at)
        except HeldBack:
            return None  # a pause is waited for
        reach(Failpoint.AFTER_HOST_INTENT)
        self.journal.require_hold()
        self._settlement = HostSettlement(
            self.host, operation_id, intended_at, self.source, self.migrator, self.clock, patience=self.patience
        )
        try:
            self._settlement.task = self.migrator.enter_maintenance(self.host, operation_id, self.vsan)
            reach(Failpoint.AFTER_HOST_SUBMIT)
            self.journal.record_host_submitted(self.plan_id, self.host, self._settlement.task, self.clock.now())
            reach(Failpoint.AFTER_HOST_TASK)
        except MigrationRefused as refused:
            self._end(StepOutcome(state=StepState.FAILED, detail=f"vCenter refused: {refused}"))
        except OutcomeUnknown:
            pass  # settled by looking
        return self.outcome

    def _end(self, outcome: StepOutcome) -> None:
        reach(Failpoint.BEFORE_HOST_OUTCOME)
        self.journal.record_host_outcome(self.plan_id, self.host, outcome, self.clock.now())
        self.outcome = outcome

    def _ended_before_the_call(self) -> StepOutcome | None:
        found = _ended_before_the_call(self.host, self.source, self.clock, self.stop, self.deadline)
        return found or _cancelled(self.journal, self.plan_id)


def enter_maintenance_mode(closing: Closing, *, hand_over: Callable[[], bool] = lambda: False) -> StepOutcome:
    """Look whether the host is empty, send one call, and look until it is in maintenance mode.

    Done only if it was seen so. Skipped, with the reason, if anything but vCLS and agent VMs is on it or on its way to
    it, once ``stop`` says so, after ``deadline`` (aware UTC), and when a person has cancelled the plan; a pause is
    waited for. If the call's answer is lost, its task and the host tell; nothing is sent a second time. Raises
    ``JournalError``, and ``HandedOver`` when ``hand_over`` says so while vCenter is still at work.
    """
    while (outcome := closing.look()) is None:
        if closing.is_under_way and hand_over():
            raise HandedOver(f"{closing.host} is entering maintenance mode, which is left to the next process")
        closing.clock.sleep(closing.patience.poll_s)
    return outcome


def _ended_before_the_call(
    host: EntityRef,
    source: InventorySource,
    clock: Clock,
    stop: Callable[[], bool],
    deadline: datetime | None,
) -> StepOutcome | None:
    try:
        inventory = source.read()
    except InventoryError as error:
        return _skipped(f"the host could not be looked at: {error}")
    if is_in_maintenance(inventory, host):
        return StepOutcome(state=StepState.DONE, detail="the host was in maintenance mode already")
    reason = _reason_to_skip(inventory, host)
    if stop():
        reason = "stop was asked for"
    elif deadline is not None and clock.now() > deadline:
        reason = f"the window ended at {deadline:{MOMENT}}"
    return None if reason is None else _skipped(reason)


def _cancelled(journal: Journal, plan_id: str) -> StepOutcome | None:
    order = journal.standing_order(plan_id)
    is_cancelled = order is not None and order.kind is OrderKind.CANCEL
    return _skipped(f"the plan was {order}") if is_cancelled else None


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


def _skipped(reason: str) -> StepOutcome:
    return StepOutcome(state=StepState.SKIPPED, detail=reason)
