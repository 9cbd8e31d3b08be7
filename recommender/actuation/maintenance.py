"""Brings a host into maintenance mode, empty or for vCenter to empty: written down, sent once, settled by looking."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from recommender.actuation.datastore_presence import reason_to_keep_open
from recommender.actuation.operation_id import maintenance_operation_id
from recommender.actuation.patience import DEFAULT_PATIENCE, MOMENT, Patience
from recommender.actuation.settle_host import HostSettlement, is_in_maintenance
from recommender.actuation.vcenter_evacuation import STAYING_KINDS, VCenterEvacuation
from recommender.errors import HandedOver, HeldBack, InventoryError, MigrationRefused, OutcomeUnknown
from recommender.failpoints import Failpoint, reach
from recommender.inventory.host import ConnectionState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.policy import VsanEvacuation
from recommender.ports import Clock, InventorySource, Journal, Migrator, OrderKind, StepOutcome, StepState

NAMED_AT_MOST = 5


@dataclass(slots=True, kw_only=True)
class Closing:
    """Brings one host into maintenance mode; ``look`` never waits, so that migrations can be followed meanwhile.

    ``vsan``: what vSAN does with its data, ``None`` for a host without vSAN. ``evacuation``: vCenter empties the host,
    which therefore need not be empty; ``None`` where we do. ``hand_over``: what was begun is left to the next process.
    ``against``: why its cluster cannot do without it now, by a fresh picture, ``None`` where it can.
    ``open_until``: until when the VMs on it may be migrated by vCenter, ``None`` for no end; a text says why they may
    not be now.

    Nothing but ``begin_if_empty`` and ``look`` sends anything:
    both together one call at most, and once that vCenter should give up what takes too long.
    """

    host: EntityRef
    plan_id: str
    source: InventorySource
    migrator: Migrator
    journal: Journal
    clock: Clock
    stop: Callable[[], bool] = lambda: False
    hand_over: Callable[[], bool] = lambda: False
    deadline: datetime | None = None
    vsan: VsanEvacuation | None = None
    evacuation: VCenterEvacuation | None = None
    against: Callable[[Inventory], str | None] = lambda _: None
    open_until: Callable[[Inventory], datetime | str | None] = lambda _: None
    patience: Patience = DEFAULT_PATIENCE
    outcome: StepOutcome | None = field(default=None, init=False)
    _was_tried: bool = field(default=False, init=False)
    _settlement: HostSettlement | None = field(default=None, init=False)
    _closes: datetime | None = field(default=None, init=False)
    _given_up: str | None = field(default=None, init=False)
    _given_up_s: float = field(default=0.0, init=False)

    @property
    def is_under_way(self) -> bool:
        """Whether the call was made and is not settled."""
        return self._settlement is not None and self.outcome is None

    @property
    def seems_to_hang(self) -> bool:
        """Whether an empty host has been entering for longer than is waited for; what vCenter empties is watched."""
        if self._settlement is None or self.outcome is not None or self.evacuation is not None:
            return False
        return self.patience.entering_s is not None and self._settlement.waited_s >= self.patience.entering_s

    @property
    def was_given_up(self) -> bool:
        """Whether we asked vCenter to stop emptying the host, which then goes on working."""
        return self._given_up is not None and self.outcome is not None and self.outcome.state is StepState.FAILED

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
            self._end(self._told_of(found))
        elif self.evacuation is not None:
            self._watch(self.evacuation, self._settlement)
        return self.outcome

    def _watch(self, evacuation: VCenterEvacuation, settlement: HostSettlement) -> None:
        """What vCenter does meanwhile; it is asked to stop once for whatever ends our patience."""
        evacuation.look()
        now_s = self.clock.monotonic()
        if self._given_up is not None:
            if now_s - self._given_up_s > self.patience.maintenance_s:
                told = f"vCenter was asked to stop ({self._given_up}) and has not: look at the host"
                self._end(StepOutcome(state=StepState.UNKNOWN, detail=told))
            return
        self._given_up = self._reason_to_give_up(evacuation)
        if self._given_up is not None and settlement.task is not None:
            self._given_up_s = now_s
            self.journal.require_hold()
            evacuation.say(f"asking vCenter to stop emptying the host: {self._given_up}")
            with suppress(InventoryError, MigrationRefused, OutcomeUnknown):  # what came of it is seen
                self.migrator.cancel(settlement.task)

    def _reason_to_give_up(self, evacuation: VCenterEvacuation) -> str | None:
        if self.stop() and not self.hand_over():
            return "stop was asked for"
        if self.deadline is not None and self.clock.now() > self.deadline:
            return f"the window ended at {self.deadline:{MOMENT}}"
        if self._closes is not None and self.clock.now() > self._closes:
            return f"the first window of its VMs ended at {self._closes:{MOMENT}}"
        if (cancelled := _cancelled(self.journal, self.plan_id)) is not None:
            return cancelled.detail
        if evacuation.stands_still_s > self.patience.maintenance_s:
            return f"nothing has left the host for {evacuation.stands_still_s:.0f} s"
        return None

    def _told_of(self, outcome: StepOutcome) -> StepOutcome:
        if self.evacuation is None:
            return outcome
        self.evacuation.look(at_once=True)
        told = [outcome.detail, self.evacuation.summary()]
        if outcome.state is not StepState.DONE:
            told = [f"given up: {self._given_up}"] if self._given_up else told[:1]
            told += [self.evacuation.summary(), f"still there: {self.evacuation.left() or 'nothing'}"]
        return replace(outcome, detail="; ".join(told))

    def _open_call(self) -> str | None:
        """A former process may have asked already, and vCenter be at it."""
        for call in self.journal.open_host_calls():
            if call.host == self.host:
                return f"what became of the call for maintenance mode of {call.intended_at:{MOMENT}} is not known yet"
        return None

    def _begin(self) -> StepOutcome | None:
        operation_id, intended_at = maintenance_operation_id(self.plan_id, self.host), self.clock.now()
        try:
            self.journal.record_host_intent(self.plan_id, self.host, operation_id, intended_at)
        except HeldBack:
            return None  # a pause is waited for
        reach(Failpoint.AFTER_HOST_INTENT)
        self.journal.require_hold()
        patience = self.patience
        if self.evacuation is not None:
            self.evacuation.begin()
            patience = replace(patience, maintenance_s=patience.run_s)  # given up by us, not by a look
        self._settlement = HostSettlement(
            self.host, operation_id, intended_at, self.source, self.migrator, self.clock, patience=patience
        )
        try:
            self._settlement.task = self.migrator.enter_maintenance(
                self.host, operation_id, self.vsan, takes_all=self.evacuation is not None
            )
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
        """Why nothing is sent, or nothing need be."""
        try:
            inventory = self.source.read()
        except InventoryError as error:
            return _skipped(f"it could not be looked at: {error}")
        if is_in_maintenance(inventory, self.host):
            return StepOutcome(state=StepState.DONE, detail="it was in maintenance mode already")
        if inventory.find_datastore(self.host) is not None:
            reason = reason_to_keep_open(inventory, self.host)
        else:
            reason = _absence(inventory, self.host) or self._open_call()
            if reason is None and self.evacuation is None:
                reason = _presence(inventory, self.host)
            elif reason is None:
                reason = self._closed(inventory)
            reason = reason or self.against(inventory)
        if self.stop():
            reason = "stop was asked for"
        elif self.deadline is not None and self.clock.now() > self.deadline:
            reason = f"the window ended at {self.deadline:{MOMENT}}"
        return _cancelled(self.journal, self.plan_id) if reason is None else _skipped(reason)

    def _closed(self, inventory: Inventory) -> str | None:
        """Why vCenter may not migrate the VMs on it now; remembers until when it may."""
        until = self.open_until(inventory)
        self._closes = until if isinstance(until, datetime) else None
        return until if isinstance(until, str) else None


def enter_maintenance_mode(closing: Closing) -> StepOutcome:
    """Look whether the host is empty, send one call, and look until it is in maintenance mode.

    Done only if it was seen so. Skipped, with the reason, if anything but vCLS and agent VMs is on it or on its way to
    it (unless vCenter empties it), once ``stop`` says so, after ``deadline`` (aware UTC), and when a person has
    cancelled the plan; a pause is waited for. If the call's answer is lost, its task and the host tell; nothing is sent
    a second time. Raises ``JournalError``, and ``HandedOver`` while vCenter is at work: when ``hand_over`` says so, and
    when all that is left seems to hang, for later turns to look at.
    """
    (outcome,) = enter_maintenance_modes((closing,))
    return outcome


def enter_maintenance_modes(closings: Sequence[Closing]) -> tuple[StepOutcome, ...]:
    """The same for several hosts at one time, in their order."""
    while None in (outcomes := [closing.look() for closing in closings]):
        open_ones = [closing for closing, outcome in zip(closings, outcomes, strict=True) if outcome is None]
        for closing in open_ones:
            if closing.hand_over() and all(one.is_under_way for one in open_ones):
                raise HandedOver(f"{closing.host} is entering maintenance mode, which is left to the next process")
        if all(one.seems_to_hang for one in open_ones):
            hosts = ", ".join(str(one.host) for one in open_ones)
            raise HandedOver(f"still entering maintenance mode, which later turns look at: {hosts}")
        closings[0].clock.sleep(closings[0].patience.poll_s)
    return tuple(outcome for outcome in outcomes if outcome is not None)


def _cancelled(journal: Journal, plan_id: str) -> StepOutcome | None:
    order = journal.standing_order(plan_id)
    is_cancelled = order is not None and order.kind is OrderKind.CANCEL
    return _skipped(f"the plan was {order}") if is_cancelled else None


def _absence(inventory: Inventory, ref: EntityRef) -> str | None:
    host = inventory.find_host(ref)
    if host is None:
        return "the host is no longer in the inventory"
    if host.connection_state is not ConnectionState.CONNECTED:
        return f"the host is {host.connection_state.value}"
    return None


def _presence(inventory: Inventory, ref: EntityRef) -> str | None:
    left = [vm.name for vm in inventory.vms_charged_to(ref) if vm.kind not in STAYING_KINDS]
    if not left:
        return None
    names = ", ".join(left[:NAMED_AT_MOST]) + (" …" if len(left) > NAMED_AT_MOST else "")
    return f"the host is not empty: {len(left)} VM{'s' if len(left) > 1 else ''} on it or on the way to it ({names})"


def _skipped(reason: str) -> StepOutcome:
    return StepOutcome(state=StepState.SKIPPED, detail=reason)
