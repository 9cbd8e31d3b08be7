"""vCenter's list of tasks: every one that was ever made, with its own times."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from recommender.inventory.reference import EntityRef
from recommender.ports import TaskRef, TaskState, TaskStatus


class TaskList:
    """Tasks in the order in which they were queued; an ended one never changes again."""

    def __init__(self) -> None:
        self._tasks: dict[TaskRef, TaskStatus] = {}

    def add(self, entity: EntityRef, operation: str, operation_id: str | None, at: datetime) -> TaskRef:
        """Queue a new task."""
        task = TaskRef(entity.vcenter, f"task-{len(self._tasks) + 1}")
        self._tasks[task] = TaskStatus(
            task=task,
            entity=entity,
            operation=operation,
            state=TaskState.QUEUED,
            queued_at=at,
            operation_id=operation_id,
        )
        return task

    def start(self, task: TaskRef, at: datetime) -> None:
        """It runs from now on."""
        self._change(task, state=TaskState.RUNNING, started_at=at, progress_percent=0)

    def progress(self, task: TaskRef, percent: int) -> None:
        """It has come so far."""
        self._change(task, progress_percent=percent)

    def succeed(self, task: TaskRef, at: datetime) -> None:
        """It ended well."""
        self._change(task, state=TaskState.SUCCESS, ended_at=at, progress_percent=100)

    def fail(self, task: TaskRef, at: datetime, error: str) -> None:
        """It ended with vCenter's message ``error``."""
        self._change(task, state=TaskState.ERROR, ended_at=at, error=error)

    def status(self, task: TaskRef) -> TaskStatus | None:
        """The task as it stands, ``None`` if there never was one."""
        return self._tasks.get(task)

    def of(self, entity: EntityRef, since: datetime) -> tuple[TaskStatus, ...]:
        """The tasks on ``entity`` queued since then, oldest first."""
        return tuple(
            status
            for status in self._tasks.values()
            if status.entity == entity and status.queued_at is not None and status.queued_at >= since
        )

    def _change(self, task: TaskRef, **changes: Any) -> None:
        if self._tasks[task].has_ended:
            raise AssertionError(f"{task} has ended and cannot change")
        self._tasks[task] = replace(self._tasks[task], **changes)
