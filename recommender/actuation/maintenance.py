"""Brings an empty host into maintenance mode: written down, sent once, settled by looking, written down again."""

from collections.abc import Callable
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
from recommender.ports import Clock, InventorySource, Journal, Migrator, OrderKind, StepOutcome, StepState

NAMED_AT_MOST = 5
_LEFT_ALONE = (VmKind.VCLS, VmKind.AGENT)  # vCenter and the agents' owners stop what is theirs


def enter_maintenance_mode(
    host: EntityRef,
    *,
    plan_id: str,
    inventory_source: InventorySource,
    migrator: Migrator,
    journal: Journal,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    hand_over: Callable[[], bool] = lambda: False,
    deadline: datetime | None = None,
    patience: Patience = DEFAULT_PATIENCE,
) -> StepOutcome:
    """Look whether ``host`` is empty, send one call, and look until it is in maintenance mode.

    Done only if it was seen so. Skipped, with the reason, if anything but vCLS and agent VMs is on it or on its way to
    it, once ``stop`` says so, after ``deadline`` (aware UTC), and when a person has cancelled the plan; a pause is
    waited for. If the call's answer is lost, its task and the host tell; nothing is sent a second time. Raises
    ``JournalError``, and ``HandedOver`` when ``hand_over`` says so while vCenter is still at work.
    """
    operation_id = maintenance_operation_id(plan_id, host)
    while True:
        ended = _ended_before_the_call(host, inventory_source, clock, stop, deadline) or _cancelled(journal, plan_id)
        if ended is not None:
            return ended
        intended_at = clock.now()
        try:
            journal.record_host_intent(plan_id, host, operation_id, intended_at)
            break
        except HeldBack:
            clock.sleep(patience.poll_s)
    reach(Failpoint.AFTER_HOST_INTENT)
    journal.require_hold()
    settlement = HostSettlement(host, operation_id, intended_at, inventory_source, migrator, clock, patience=patience)
    outcome = None
    try:
        settlement.task = migrator.enter_maintenance(host, operation_id)
        reach(Failpoint.AFTER_HOST_SUBMIT)
        journal.record_host_submitted(plan_id, host, settlement.task, clock.now())
        reach(Failpoint.AFTER_HOST_TASK)
    except MigrationRefused as refused:
        outcome = StepOutcome(state=StepState.FAILED, detail=f"vCenter refused: {refused}")
    except OutcomeUnknown:
        pass  # settled by looking
    while outcome is None and (outcome := settlement.look()) is None:
        if hand_over():
            raise HandedOver(f"{host} is entering maintenance mode, which is left to the next process")
        clock.sleep(patience.poll_s)
    reach(Failpoint.BEFORE_HOST_OUTCOME)
    journal.record_host_outcome(plan_id, host, outcome, clock.now())
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
