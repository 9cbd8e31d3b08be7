"""A vCenter task as ours: its state, its times and vCenter's own words about it."""

from typing import Final

from recommender.ports import TaskRef, TaskState, TaskStatus
from recommender.vsphere.facts import Facts, utc
from recommender.vsphere.faults import FaultKind, kind_of_end, told_end
from recommender.vsphere.translation.vm import RELOCATE

# Leaf properties: a task's ``result`` and ``reason`` may hold anything, and pyVmomi gives up over what it cannot read.
TASK_PATHS: Final = (
    "info.entity",
    "info.descriptionId",
    "info.state",
    "info.progress",
    "info.queueTime",
    "info.startTime",
    "info.completeTime",
    "info.error",
    "info.activationId",
)

ENTER_MAINTENANCE: Final = "EnterMaintenanceMode_Task"
EXIT_MAINTENANCE: Final = "ExitMaintenanceMode_Task"
_OPERATIONS: Final = {
    "VirtualMachine.relocate": RELOCATE,
    "HostSystem.enterMaintenanceMode": ENTER_MAINTENANCE,
    "HostSystem.exitMaintenanceMode": EXIT_MAINTENANCE,
}


def task_status(facts: Facts) -> TaskStatus | None:
    """The task; ``None`` for one that acts on nothing we know of."""
    entity = facts.ref_at("info.entity")
    if entity is None:
        return None
    error = facts.get("info.error")
    return TaskStatus(
        task=TaskRef(facts.vcenter, facts.moid),
        entity=entity,
        operation=_operation(str(facts.get("info.descriptionId") or "")),
        state=facts.choice("info.state", TaskState),
        progress_percent=facts.get("info.progress"),
        queued_at=utc(facts.get("info.queueTime")),
        started_at=utc(facts.get("info.startTime")),
        ended_at=utc(facts.get("info.completeTime")),
        error=told_end(error) if error is not None else None,
        passes=error is not None and kind_of_end(error) is FaultKind.RETRY_LATER,
        operation_id=facts.get("info.activationId"),
    )


def is_migration(task: TaskStatus) -> bool:
    """Whether a task moves a VM: vCenter's own names differ with who asked (a person, DRS, Storage DRS)."""
    operation = task.operation.lower()
    return any(word in operation for word in ("relocate", "migrate", "vmotion")) and "check" not in operation


def _operation(description_id: str) -> str:
    """The API's name of the operation where we know it (simulators add an ending), else vCenter's description id."""
    known = (name for prefix, name in _OPERATIONS.items() if description_id.startswith(prefix))
    return next(known, description_id)
