"""Decides which step of a plan starts now, waits, or is skipped."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from recommender.actuation.flights import Flights
from recommender.actuation.patience import MOMENT, Patience
from recommender.actuation.preconditions import broken_rule, changed_world
from recommender.actuation.step_log import StepLog
from recommender.constraints.base import Constraint
from recommender.errors import HeldBack, InventoryError, InventoryStale
from recommender.inventory.failed_move import Retry
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.planning.concurrency_limits import UnitPlace, place_name, units_of
from recommender.planning.kept_settings import KeptSettings, settings_to_keep
from recommender.planning.move_warnings import move_warnings
from recommender.planning.order.operator_caps import CapPlace
from recommender.planning.plan import PlanStep
from recommender.planning.unit_ledger import UnitLedger
from recommender.policy import Policy
from recommender.ports import Clock, InventorySource, OrderKind, StepState

SAME_TIME_S = 1e-6  # what arithmetic leaves between the end of one step and the start of the next


Closed = Callable[[Inventory, PlanStep, datetime], str | None]  # why a step may not start at this time


def always_open(inventory: Inventory, step: PlanStep, now: datetime) -> str | None:
    """Every step may start at any time."""
    del inventory, step, now
    return None  # nothing speaks against it


@dataclass(slots=True, kw_only=True)
class Starter:
    """``waiting`` are the steps that were neither sent nor skipped, in the plan's order, which is kept.

    A step that in the plan starts after another has ended waits for that other where the two share a host or a
    datastore. So never more runs there than ran there at one time in the plan: its units and capacities hold, however
    long the migrations really take. The operator's caps are counted anew before each start, and so is everything once
    a migration was left to itself. ``closed`` says why a VM may not be
    migrated at this time.
    """

    waiting: deque[PlanStep]
    instance_uuids: Mapping[EntityRef, str]
    excused: Mapping[EntityRef, str]
    source: InventorySource
    constraints: Sequence[Constraint]
    policy: Policy
    clock: Clock
    stop: Callable[[], bool]
    deadline: datetime | None
    patience: Patience
    log: StepLog
    flights: Flights
    closed: Closed = always_open
    _blocked_after: int | None = field(default=None, init=False)
    _unread_since_s: float | None = field(default=None, init=False)
    _no_inventory: str | None = field(default=None, init=False)
    _is_paused: bool = field(default=False, init=False)
    _no_room_since_s: float | None = field(default=None, init=False)
    _kept: dict[int, KeptSettings | None] = field(default_factory=dict, init=False)
    _knows_settings: bool = field(default=False, init=False)

    def start_what_may(self) -> None:
        """Start or skip steps until one has to wait."""
        while self.waiting and self._take(self.waiting[0]):
            self.waiting.popleft()

    def _take(self, step: PlanStep) -> bool:
        """Start it or skip it; false if it has to wait."""
        reason = self._reason_before_looking(step)
        if reason is None:
            inventory = None if self._has_to_wait(step) else self._fresh_inventory()
            if inventory is None:
                return False
            reason = self._reason_after_looking(inventory, step)
            if reason is None:
                return not self._is_blocked and self._take_looked_at(inventory, step)
        self.log.skipped(step, reason)
        return True

    def _take_looked_at(self, inventory: Inventory, step: PlanStep) -> bool:
        """The same of one that neither the world nor a rule speaks against."""
        if (lacking := self._lacking_room(inventory, step)) is not None:
            reason = self._waited_too_long(inventory, lacking)
            if reason is None:
                return False
            self.log.skipped(step, reason)
        elif refused := self._refused_by_vcenter(inventory, step):
            self.log.skipped(step, refused, Retry.ELSEWHERE)
        elif late := self._reason_before_looking(step):  # asking took its time
            self.log.skipped(step, late)
        else:
            return self._send(step, inventory)
        return True

    def _refused_by_vcenter(self, inventory: Inventory, step: PlanStep) -> str | None:
        """What vCenter's own check has against it; what it merely warns of is told."""
        check = self.flights.check(step)
        if check.errors:
            return f"vCenter's own check refuses it: {'; '.join(check.errors)}"
        notes = (*move_warnings(inventory, step.move), *check.warnings)
        if check.unavailable is not None:
            notes = (*notes, f"vCenter's own check could not be had: {check.unavailable}")
        self.log.checked(step, notes)
        return None

    def _send(self, step: PlanStep, inventory: Inventory) -> bool:
        try:
            self.flights.send(step, self.instance_uuids[step.move.vm], inventory, self._kept.get(step.number))
        except HeldBack:
            return False  # the order came just now: the next look sees it
        return True

    @property
    def _is_blocked(self) -> bool:
        """Whether a rule forbids the first step as long as no other step ends."""
        return bool(self.flights.running) and self._blocked_after == len(self.log.results)

    def _lacking_room(self, inventory: Inventory, step: PlanStep) -> UnitPlace | None:
        """Where a cap of the operator has no room left now, migrations of others included.

        With a migration that hangs also where vCenter's own limits are reached: the plan did not count on it.
        """
        if self.policy.order.is_empty and not self.flights.left:
            return None
        units = units_of(inventory, self.policy, step.move)
        asked = {place: held for place, held in units.items() if isinstance(place, CapPlace) or self.flights.left}
        lacking = UnitLedger(inventory, self.policy).lacking(asked)
        if lacking is None:
            self._no_room_since_s = None
        return lacking

    def _waited_too_long(self, inventory: Inventory, lacking: UnitPlace) -> str | None:
        """Why a step that finds no room waits no longer: what holds it is none of ours, or hangs."""
        now_s = self.clock.monotonic()
        if self.flights.running or self._no_room_since_s is None:
            self._no_room_since_s = now_s
        waited_s = now_s - self._no_room_since_s
        if self.patience.hung_after_p95 is None or waited_s < self.patience.silence_s:
            return None
        return (
            f"{place_name(inventory, lacking)} has no room for {waited_s:.0f} s: a migration that does not end holds it"
        )

    def _has_to_wait(self, step: PlanStep) -> bool:
        return self._is_paused or self._is_blocked or any(_comes_before(other, step) for other in self.flights.running)

    def _reason_before_looking(self, step: PlanStep) -> str | None:
        if self.log.journal_error is not None:
            return f"nothing is sent without the journal: {self.log.journal_error}"
        if self.stop():
            return "stop was asked for"
        if cancelled := self._cancelled():
            return cancelled
        if self._no_inventory is not None:
            return self._no_inventory
        if step.move.vm in self.excused or step.move.vm not in self.instance_uuids:
            return self.excused.get(step.move.vm, "its VM is not known")
        return self._failed_dependency(step) or self._too_late(step)

    def _cancelled(self) -> str | None:
        order = self.log.order()
        if order is not None and order.kind is OrderKind.CANCEL:
            return f"the plan was {order}"
        self._is_paused = order is not None
        return None

    def _failed_dependency(self, step: PlanStep) -> str | None:
        results, running = self.log.results, {other.number for other in self.flights.running}
        for number in step.depends_on:
            if number in results and results[number].outcome.state is not StepState.DONE:
                return f"it depends on step {number}, whose outcome is {results[number].outcome.state.value}"
            if number not in results and number not in running:
                return f"it depends on step {number}, which did not start before it"
        return None

    def _too_late(self, step: PlanStep) -> str | None:
        if self.deadline is None:
            return None
        end = self.clock.now() + timedelta(seconds=step.duration_p95_s)
        if end <= self.deadline:
            return None
        return f"it would end at {end:{MOMENT}} (p95), the window ends at {self.deadline:{MOMENT}}"

    def _fresh_inventory(self) -> Inventory | None:
        """The picture as it is now; ``None`` if there is none, and after much patience no step waits any more."""
        try:
            inventory = self.source.read()
            age_s = (self.clock.now() - inventory.taken_at).total_seconds()
            if age_s > self.policy.max_inventory_age_s:
                raise InventoryStale(f"the inventory is {age_s:.0f} s old")
        except InventoryError as error:
            now_s = self.clock.monotonic()
            self._unread_since_s = now_s if self._unread_since_s is None else self._unread_since_s
            if now_s - self._unread_since_s >= self.patience.silence_s:
                self._no_inventory = f"no inventory could be read for {now_s - self._unread_since_s:.0f} s: {error}"
            return None
        self._unread_since_s = None
        self._remember_settings(inventory)
        return self.flights.shown_in(inventory)

    def _remember_settings(self, inventory: Inventory) -> None:
        """Before the first VM leaves: vCenter takes each out of its rules, and the last one would know of none."""
        if not self._knows_settings and self.policy.relocation.recreate_rules:
            self._kept = {step.number: settings_to_keep(inventory, step.move) for step in self.waiting}
        self._knows_settings = True

    def _reason_after_looking(self, inventory: Inventory, step: PlanStep) -> str | None:
        reason = changed_world(inventory, step, self.instance_uuids[step.move.vm])
        if reason is None:
            rule = broken_rule(inventory, self.constraints, step)
            if rule is None:
                self._blocked_after = None
            elif self.flights.running:
                self._blocked_after = len(self.log.results)  # one of ours may be in its way: ask again when one ends
            else:
                reason = rule
        reason = reason or self.closed(inventory, step, self.clock.now())
        return reason or self._reason_before_looking(step)  # looking took its time


def _comes_before(other: PlanStep, step: PlanStep) -> bool:
    """Whether ``other`` must have ended before ``step`` starts."""
    if other.number in step.depends_on or other.move.vm == step.move.vm:
        return True
    return other.end_s <= step.start_s + SAME_TIME_S and not _places(other).isdisjoint(_places(step))


def _places(step: PlanStep) -> set[EntityRef]:
    move = step.move
    return {move.source, move.destination} | {
        store for disk in move.disk_moves for store in (disk.source, disk.destination)
    }
