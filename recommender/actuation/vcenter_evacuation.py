"""Watches vCenter empty a host by itself: what was forecast next to what happens. Nothing is sent here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from recommender.actuation.patience import CLOCK_SKEW
from recommender.actuation.task_times import duration_s, moves_a_vm
from recommender.errors import InventoryError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VmKind
from recommender.planning.plan import PlanStep
from recommender.ports import Clock, InventorySource, Migrator, TaskState, TaskStatus

STAYING_KINDS = (VmKind.VCLS, VmKind.AGENT)  # vCenter and the agents' owners stop what is theirs
NAMED_AT_MOST = 5
LOOK_EVERY_S = 10.0  # each look reads the whole inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedMove:
    """A VM that vCenter moved, or was to move and did not (``destination`` is ``None``).

    ``forecast``: our plan's step for it, ``None`` where we expected none. ``actual_s``: by its task's own times,
    ``None`` where no task tells.
    """

    vm: EntityRef
    source: EntityRef
    forecast: PlanStep | None
    destination: EntityRef | None = None
    actual_s: float | None = None

    @property
    def is_as_forecast(self) -> bool:
        """Whether it went where we expected it to."""
        return self.forecast is not None and self.destination == self.forecast.move.destination


@dataclass(slots=True, kw_only=True)
class VCenterEvacuation:
    """One host that vCenter empties. ``forecast``: our plan's steps away from it; ``say`` is told what happens."""

    host: EntityRef
    forecast: Sequence[PlanStep]
    source: InventorySource
    migrator: Migrator
    clock: Clock
    say: Callable[[str], None] = lambda _: None
    _began_at: datetime | None = field(default=None, init=False)
    _leaving: set[EntityRef] = field(default_factory=set, init=False)
    _moved: dict[EntityRef, WatchedMove] = field(default_factory=dict, init=False)
    _changed_s: float = field(default=0.0, init=False)
    _looked_s: float | None = field(default=None, init=False)

    def begin(self) -> None:
        """Right before the call: remember what is on the host."""
        self._began_at, self._changed_s = self.clock.now(), self.clock.monotonic()
        self._leaving = {step.move.vm for step in self.forecast if step.move.source == self.host}
        self.look(at_once=True)

    def look(self, *, at_once: bool = False) -> None:
        """Note what has left since the last look, now and then; a vCenter that does not answer is asked again."""
        now_s = self.clock.monotonic()
        if not at_once and self._looked_s is not None and now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        try:
            inventory = self.source.read()
            self._leaving.update(vm.ref for vm in inventory.vms_on(self.host) if vm.kind not in STAYING_KINDS)
            for ref in sorted(self._leaving - self._moved.keys()):
                if inventory.in_flight_of(ref) is not None:
                    self._changed_s = self.clock.monotonic()  # a large VM takes its time
                self._note(inventory, ref)
        except InventoryError:
            return

    @property
    def stands_still_s(self) -> float:
        """For how long nothing has left the host and nothing was on its way."""
        return self.clock.monotonic() - self._changed_s

    @property
    def moves(self) -> tuple[WatchedMove, ...]:
        """Every VM that left, and those that stay, in the order of their addresses."""
        steps = self._steps()
        return tuple(
            self._moved.get(ref) or WatchedMove(vm=ref, source=self.host, forecast=steps.get(ref))
            for ref in sorted(self._leaving)
        )

    def left(self) -> str:
        """The VMs that are still there, by name; empty if there is none."""
        try:
            inventory = self.source.read()
        except InventoryError:
            return f"{len(self._leaving) - len(self._moved)} VMs (vCenter does not answer)"
        names = [vm.name for vm in inventory.vms_on(self.host) if vm.kind not in STAYING_KINDS]
        if not names:
            return ""
        named = ", ".join(names[:NAMED_AT_MOST]) + (" …" if len(names) > NAMED_AT_MOST else "")
        return f"{len(names)} VM{'s' if len(names) > 1 else ''} ({named})"

    def summary(self) -> str:
        """How the forecast did, in words with numbers."""
        arrived = [move for move in self.moves if move.destination is not None]
        if not arrived or self._began_at is None:
            return "vCenter moved no VM"
        took_s = (self.clock.now() - self._began_at).total_seconds()
        expected_s = max((step.end_s for step in self.forecast), default=0.0)
        as_forecast = sum(move.is_as_forecast for move in arrived)
        return (
            f"vCenter moved {len(arrived)} VMs in {took_s:.0f} s (forecast: {len(self.forecast)} VMs in "
            f"{expected_s:.0f} s), {as_forecast} of them to the hosts forecast"
        )

    def _note(self, inventory: Inventory, ref: EntityRef) -> None:
        vm = inventory.find_vm(ref)
        if vm is not None and vm.host == self.host:
            return
        self._changed_s = self.clock.monotonic()
        step = self._steps().get(ref)
        if vm is None:  # it was removed
            self._leaving.discard(ref)
            return
        took_s = duration_s(self._task_of(ref))
        self._moved[ref] = WatchedMove(vm=ref, source=self.host, forecast=step, destination=vm.host, actual_s=took_s)
        went_to = inventory.find_host(vm.host)
        took = "" if took_s is None else f" in {took_s:.0f} s"
        told = f"vCenter moved {vm.name} to {went_to.name if went_to else vm.host}{took}"
        if step is not None:
            expected = inventory.find_host(step.move.destination)
            where = expected.name if expected else step.move.destination
            told += f" (forecast: to {where} in {step.duration_s:.0f} s, p95 {step.duration_p95_s:.0f} s)"
        self.say(told)

    def _task_of(self, vm: EntityRef) -> TaskStatus | None:
        if self._began_at is None:
            return None
        tasks = self.migrator.recent_tasks(vm, self._began_at - CLOCK_SKEW)
        return next((task for task in reversed(tasks) if task.state is TaskState.SUCCESS and moves_a_vm(task)), None)

    def _steps(self) -> dict[EntityRef, PlanStep]:
        return {step.move.vm: step for step in self.forecast}
