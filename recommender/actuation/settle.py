"""Settles what became of one call by looking at its task and at the VM, never by sending anything."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from recommender.actuation.operation_id import is_of_a_step
from recommender.actuation.patience import CLOCK_SKEW, DEFAULT_PATIENCE, Patience
from recommender.actuation.task_times import duration_s, moves_a_vm
from recommender.actuation.whereabouts import whereabouts
from recommender.errors import InventoryError
from recommender.inventory.failed_move import Retry
from recommender.inventory.reference import EntityRef
from recommender.placement.result import DiskMove
from recommender.ports import Clock, Migrator, StepOutcome, StepState, TaskRef, TaskState, TaskStatus, VmPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMove:
    """A move whose call may have reached vCenter. ``task`` is ``None`` where the answer was lost.

    ``disk_moves`` is empty where none were asked for, or where an older version's journal does not know them.
    ``intended_at`` is aware UTC by our clock, before the call.
    """

    vm: EntityRef
    instance_uuid: str
    source: EntityRef
    destination: EntityRef
    disk_moves: tuple[DiskMove, ...] = ()
    operation_id: str
    intended_at: datetime
    task: TaskRef | None


class Settlement:
    """Looks again and again until it knows; ``look`` never waits, so that several can be followed at a time.

    ``doubtful_since``: when the call was surely over, by our clock; a call of a dead process was over when it died.
    ``name_of`` gives the names of hosts for what is told.
    """

    def __init__(
        self,
        sent: SentMove,
        migrator: Migrator,
        clock: Clock,
        *,
        patience: Patience = DEFAULT_PATIENCE,
        doubtful_since: datetime | None = None,
        name_of: Callable[[EntityRef], str] = str,
    ) -> None:
        self.task = sent.task
        self.progress_percent: int | None = None
        self._sent = sent
        self._migrator, self._clock, self._patience = migrator, clock, patience
        self._name_of = name_of
        self._began_s = self._answered_s = clock.monotonic()
        self._doubtful_since = doubtful_since

    def look(self) -> StepOutcome | None:
        """The outcome, or ``None`` while it cannot be told yet. ``UNKNOWN`` once patience is over."""
        try:
            outcome = self._look()
        except InventoryError as error:
            silent_s = self._clock.monotonic() - self._answered_s
            if silent_s < self._patience.silence_s:
                return None
            return _unknown(f"vCenter could not be asked for {silent_s:.0f} s: {error}")
        self._answered_s = self._clock.monotonic()
        return outcome

    def _look(self) -> StepOutcome | None:
        status, others = self._find_task()
        if status is not None and not status.has_ended:
            self.progress_percent = status.progress_percent
            return self._unless_too_long(f"task {status.task} is still {status.state.value}")
        if any(not other.has_ended for other in others):
            return self._unless_too_long("a migration of the VM that may be ours is still under way")
        sent = self._sent
        seen = whereabouts(
            self._migrator,
            sent.vm,
            sent.instance_uuid,
            sent.destination.vcenter,
            has_succeeded=status is not None and status.state is TaskState.SUCCESS,
        )
        if seen.riddle is not None:
            waited_s = self._doubted_s()
            if waited_s < self._patience.appear_s:
                return None
            # Where its task has ended, or cannot run any more, somebody has removed it.
            if not seen.is_nowhere or (status is None and waited_s < self._patience.run_s):
                return _unknown(f"{seen.riddle} for {waited_s:.0f} s")
        return self._judge(seen.place, status, others)

    def _judge(
        self, place: VmPlace | None, status: TaskStatus | None, others: tuple[TaskStatus, ...]
    ) -> StepOutcome | None:
        """The outcome by where the VM is, now that nothing of it runs any more."""
        if place is None:
            return _failed("the VM is gone", status)
        if place.instance_uuid != self._sent.instance_uuid:
            return _failed("another VM has its address now", status)
        if self._has_arrived(place, status):
            return _done(status or _only(others))
        if status is not None and status.state is TaskState.ERROR:
            outcome = _failed(f"vCenter says: {status.error}; the VM is {self._where(place)}", status)
            return replace(outcome, retry=self._retry(place, status))
        return self._after_doubt(place, status, others)

    def _find_task(self) -> tuple[TaskStatus | None, tuple[TaskStatus, ...]]:
        """Our task if it is found; otherwise the migrations of the VM that may be ours.

        vCenter may show another id on the task than the one that was sent, or none: an operation id that is found
        proves a task ours, one that is not found proves nothing. Only another step's id rules a task out.
        """
        known = self._migrator.task(self.task) if self.task is not None else None
        if known is not None:
            return known, ()
        # Forgotten, or never answered for: the VM's own list may still have it.
        found = self._migrator.recent_tasks(self._sent.vm, self._sent.intended_at - CLOCK_SKEW)
        for status in found:
            if status.operation_id == self._sent.operation_id or status.task == self.task:
                self.task = status.task
                return status, ()
        doubtful = (status for status in found if moves_a_vm(status) and not is_of_a_step(status.operation_id))
        return None, tuple(doubtful) if self.task is None else ()

    def _has_arrived(self, place: VmPlace, status: TaskStatus | None) -> bool:
        sent = self._sent
        if place.host != sent.destination:
            return False
        if sent.disk_moves:
            disks = dict(place.disk_datastores)
            return all(disks.get(disk.disk_key) == disk.destination for disk in sent.disk_moves)
        # Of a move between datastores whose disks are not known the host tells nothing.
        return sent.source != sent.destination or (status is not None and status.state is TaskState.SUCCESS)

    def _retry(self, place: VmPlace, status: TaskStatus) -> Retry | None:
        """Its own task has ended; what is left is that nothing of the VM has moved."""
        disks = dict(place.disk_datastores)
        has_moved = any(disks.get(disk.disk_key, disk.source) != disk.source for disk in self._sent.disk_moves)
        if place.host != self._sent.source or has_moved:
            return None
        return Retry.ANYWHERE if status.passes else Retry.ELSEWHERE

    def _after_doubt(
        self, place: VmPlace, status: TaskStatus | None, others: tuple[TaskStatus, ...]
    ) -> StepOutcome | None:
        waited_s = self._doubted_s()
        if waited_s < self._patience.appear_s:
            return None
        where = self._where(place)
        if status is not None:
            return _failed(f"vCenter says that the migration succeeded, but the VM is {where}", status)
        if self.task is not None:
            return _failed(f"vCenter has forgotten task {self.task}; the VM is {where}")
        error = next((other.error for other in others if other.error), None)
        if error is not None:
            return _failed(f"the answer was lost, a migration of the VM failed ({error}); the VM is {where}")
        return _failed(f"the answer was lost and no task of it appeared in {waited_s:.0f} s; the VM is {where}")

    def _doubted_s(self) -> float:
        """For how long it has been a riddle."""
        if self._doubtful_since is None:
            self._doubtful_since = self._clock.now()
        return (self._clock.now() - self._doubtful_since).total_seconds()

    def _where(self, place: VmPlace) -> str:
        name = self._name_of(place.host)
        if place.host == self._sent.destination:
            return f"on its destination host {name}, but not all of its disks are"
        return f"on its source host {name}" if place.host == self._sent.source else f"on another host, {name}"

    def _unless_too_long(self, what: str) -> StepOutcome | None:
        followed_s = self._clock.monotonic() - self._began_s
        return None if followed_s < self._patience.run_s else _unknown(f"{what} after {followed_s:.0f} s")


def _done(status: TaskStatus | None) -> StepOutcome:
    detail = "the VM was seen at its destination"
    if status is None:
        detail += "; its task was not found"
    elif status.state is TaskState.ERROR:
        detail += f", although vCenter says: {status.error}"
    return StepOutcome(state=StepState.DONE, detail=detail, duration_s=duration_s(status))


def _failed(detail: str, status: TaskStatus | None = None) -> StepOutcome:
    return StepOutcome(state=StepState.FAILED, detail=detail, duration_s=duration_s(status))


def _unknown(detail: str) -> StepOutcome:
    return StepOutcome(state=StepState.UNKNOWN, detail=f"{detail}; look at the VM before it is moved again")


def _only(statuses: Iterable[TaskStatus]) -> TaskStatus | None:
    successes = [status for status in statuses if status.state is TaskState.SUCCESS]
    return successes[0] if len(successes) == 1 else None
