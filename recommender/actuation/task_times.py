"""What a task tells of itself: how long it ran, and whether it moves a VM."""

from recommender.ports import TaskStatus


def duration_s(status: TaskStatus | None) -> float | None:
    """From the task's start to its end, without its time in the queue; ``None`` where that is not told."""
    if status is None or status.started_at is None or status.ended_at is None:
        return None
    return (status.ended_at - status.started_at).total_seconds()


def moves_a_vm(status: TaskStatus) -> bool:
    operation = status.operation.lower()
    return any(word in operation for word in ("relocate", "migrate", "vmotion")) and "check" not in operation
