"""The doors to the outside: what the product needs of vCenter, of the journal and of time.

``vsphere/`` and ``simulation/`` stand behind the first two, ``journal/`` behind the third.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from recommender.inventory.failed_move import Retry
from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.result import DiskMove, Move
from recommender.planning.move_check import MoveCheck
from recommender.planning.plan import PlanStep
from recommender.policy import VsanEvacuation
from recommender.restoration import Restorations, SettingsMaker


@dataclass(frozen=True, slots=True, order=True)
class TaskRef:
    """Address of a task in a vCenter."""

    vcenter: str
    moid: str

    def __str__(self) -> str:
        return f"{self.vcenter}/{self.moid}"


class TaskState(StrEnum):
    """vSphere's own values."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """A task as vCenter reports it. ``entity`` is the VM or host it acts on; times are vCenter's own, aware UTC.

    ``progress_percent`` is ``None`` while unknown; ``error`` is vCenter's localized message, and ``passes`` whether it
    is of a kind that passes by itself.
    """

    task: TaskRef
    entity: EntityRef
    operation: str
    state: TaskState
    progress_percent: int | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None
    passes: bool = False
    operation_id: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in (TaskState.SUCCESS, TaskState.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class VmPlace:
    """Where a VM is right now, freshly read; ``disk_datastores`` by disk key, its home (``HOME``) where it is told."""

    vm: EntityRef
    instance_uuid: str
    host: EntityRef
    power_state: PowerState
    disk_datastores: tuple[tuple[int, EntityRef], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VsanHealth:
    """How vSAN is: ``resyncing_objects`` are being rebuilt, ``unhealthy_hosts`` say that their vSAN is not well."""

    resyncing_objects: int = 0
    unhealthy_hosts: tuple[EntityRef, ...] = ()


class InventorySource(Protocol):
    """Reads the inventory."""

    def read(self) -> Inventory:
        """A complete, fresh inventory. Raises ``InventoryError``."""


class Migrator(SettingsMaker, Protocol):
    """Changes things in vCenter, each call at most once, and follows them."""

    def check(self, move: Move) -> MoveCheck:
        """Ask vCenter whether it would relocate so; changes nothing. Raises ``InventoryUnavailable``."""

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        """Send exactly one RelocateVM_Task.

        Raises ``MigrationRefused`` (nothing started) or ``OutcomeUnknown`` (sent, answer lost).
        """

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        """Send exactly one EnterMaintenanceMode_Task; ``vsan`` only for a host of vSAN. Raises as ``relocate``.

        Where DRS is fully automated vCenter then empties the host; with ``takes_all`` of VMs that do not run, too.
        """

    def exit_maintenance(self, host: EntityRef, operation_id: str) -> TaskRef:
        """Send exactly one ExitMaintenanceMode_Task; raises as ``relocate``."""

    def task(self, task: TaskRef) -> TaskStatus | None:
        """The task now, ``None`` if vCenter has forgotten it. Raises ``InventoryUnavailable``."""

    def recent_tasks(self, entity: EntityRef, since: datetime) -> tuple[TaskStatus, ...]:
        """Tasks on an entity that were queued since then, oldest first. Raises ``InventoryUnavailable``."""

    def place_of(self, vm: EntityRef) -> VmPlace | None:
        """Where the VM is now, ``None`` if it is gone. Raises ``InventoryUnavailable``."""

    def found_in(self, vcenter: str, instance_uuid: str) -> VmPlace | None:
        """Where the VM of this identity is in a vCenter, ``None`` if nowhere. Raises ``InventoryUnavailable``."""

    def vsan_health(self, hosts: Sequence[EntityRef]) -> VsanHealth:
        """How the vSAN of these hosts, all of one cluster, is. Raises ``InventoryUnavailable``."""

    def cancel(self, task: TaskRef) -> None:
        """Ask vCenter to cancel a task; it may succeed all the same."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class StepState(StrEnum):
    """A step's life: pending → intent → submitted → done, failed, skipped or unknown."""

    PENDING = "pending"  # nothing was sent
    INTENT = "intent"  # about to be sent; after a crash: look whether it was
    SUBMITTED = "submitted"  # vCenter has a task for it
    DONE = "done"  # the VM was seen where it should be
    FAILED = "failed"  # it was tried; the VM is at its source
    SKIPPED = "skipped"  # a pre-condition no longer held; nothing was sent
    UNKNOWN = "unknown"  # sent, and looking did not settle it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """How a step ended. ``duration_s`` is from the task's own times, without its time in the queue.

    ``retry`` is ``None`` where nothing proves that a failed migration ended or never began: it is not tried again.
    """

    state: StepState
    detail: str
    duration_s: float | None = None
    retry: Retry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStep:
    """A step that a former run left in ``intent``, ``submitted`` or ``unknown``.

    ``author`` is its plan's, and ``turn`` the id of the service's turn in which that was decided, empty where unknown.
    """

    plan_id: str
    number: int
    state: StepState
    operation_id: str
    vm: EntityRef
    instance_uuid: str
    source: EntityRef
    destination: EntityRef
    intended_at: datetime
    task: TaskRef | None
    disk_moves: tuple[DiskMove, ...] = ()
    author: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHostCall:
    """A call for maintenance mode that a former run left in ``intent``, ``submitted`` or ``unknown``."""

    plan_id: str
    host: EntityRef
    state: StepState
    operation_id: str
    intended_at: datetime
    task: TaskRef | None
    author: str = ""  # of its plan
    turn: str = ""  # as of an open step


class OrderKind(StrEnum):
    """What a person tells every process that acts."""

    PAUSE = "pause"  # start nothing until *resume*
    RESUME = "resume"
    CANCEL = "cancel"  # what a plan has not started yet is never started
    BRAKE = "brake"  # the service's own: its balancing starts nothing until *release* or *resume*
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``plan_id`` belongs to CANCEL: the plan meant, ``None`` for every plan that runs. ``at`` is aware UTC."""

    kind: OrderKind
    author: str
    reason: str
    at: datetime
    plan_id: str | None = None

    def __str__(self) -> str:
        if self.kind is OrderKind.BRAKE:
            return f"braked since {self.at:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"
        done = "cancelled" if self.kind is OrderKind.CANCEL else f"{self.kind.value}d"
        return f"{done} by {self.author or 'nobody named'}{f': {self.reason}' if self.reason else ''}"


class Journal(Protocol):
    """What happened, durably. Every method raises ``JournalError``; none returns before its rows are on disk."""

    @property
    def restorations(self) -> Restorations:
        """What VMs are to have again in the clusters that they were sent to."""

    def begin_plan(self, plan_id: str, document: str, author: str, at: datetime) -> None:
        """Claim a plan for the one application it may have. Raises ``PlanAlreadyApplied``."""

    def add_steps(self, plan_id: str, steps: Sequence[tuple[PlanStep, str]], at: datetime) -> None:
        """Write the plan's steps, each with its VM's instance UUID, as pending."""

    def record_intent(self, plan_id: str, number: int, operation_id: str, at: datetime) -> None:
        """Before sending: this step is about to be sent. Only a pending step may be.

        Raises ``HeldBack`` while an order forbids it, and ``LeaseLost`` once another process acts.
        """

    def require_hold(self) -> None:
        """Between intent and call: it is surely still us who act. Raises ``LeaseLost``."""

    def record_submitted(self, plan_id: str, number: int, task: TaskRef, at: datetime) -> None:
        """vCenter answered with a task."""

    def record_outcome(self, plan_id: str, number: int, outcome: StepOutcome, at: datetime) -> None:
        """How it ended (or that it is unknown so far)."""

    def record_host_intent(self, plan_id: str, host: EntityRef, operation_id: str, at: datetime) -> None:
        """Before sending: ``host`` is about to be asked into maintenance mode, once in a plan; as ``record_intent``."""

    def record_host_submitted(self, plan_id: str, host: EntityRef, task: TaskRef, at: datetime) -> None:
        """vCenter has a task for it."""

    def record_host_outcome(self, plan_id: str, host: EntityRef, outcome: StepOutcome, at: datetime) -> None:
        """How it ended (or that it is unknown so far)."""

    def end_plan(self, plan_id: str, at: datetime) -> None:
        """Nothing more will be started for this plan."""

    def standing_order(self, plan_id: str) -> Order | None:
        """What keeps this plan from starting anything: a pause or a cancellation; ``None`` if nothing does."""

    def open_steps(self) -> tuple[OpenStep, ...]:
        """Steps that a crash may have left behind, oldest intent first."""

    def open_host_calls(self) -> tuple[OpenHostCall, ...]:
        """Calls for maintenance mode that a crash may have left behind, oldest intent first."""

    def recent_moves(self, since: datetime) -> tuple[RecentMove, ...]:
        """Migrations that were done since then, oldest first."""
