"""What the journal tells of the past, for people."""

from dataclasses import dataclass
from datetime import datetime

from recommender.inventory.failed_move import Retry
from recommender.inventory.reference import EntityRef
from recommender.ports import StepState, TaskRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """One plan that was applied; ``ended_at`` is ``None`` while it runs or if it was cut off.

    ``step_counts``: how many of its steps are in each state, in the order of a step's life. Times are aware UTC.
    """

    plan_id: str
    author: str
    begun_at: datetime
    ended_at: datetime | None
    step_counts: tuple[tuple[StepState, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step, predicted next to actual.

    ``detail`` is how it ended in words; ``predicted_*`` in seconds and milliseconds at median and 95th percentile;
    ``duration_s`` is from the task's own times; ``retry``: where a failed one may be tried again. Times are aware UTC.
    """

    plan_id: str
    number: int
    vm: EntityRef
    instance_uuid: str
    source: EntityRef
    destination: EntityRef
    state: StepState
    operation_id: str | None
    task: TaskRef | None
    intended_at: datetime | None
    submitted_at: datetime | None
    ended_at: datetime | None
    detail: str | None
    predicted_p50_s: float
    predicted_p95_s: float
    predicted_downtime_p50_ms: float
    predicted_downtime_p95_ms: float
    duration_s: float | None
    retry: Retry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneStep:
    """A migration that was done, and the author of its plan."""

    step: StepRecord
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRecord:
    """One turn of the service: what kind it was, how it went, and a line about it."""

    at: datetime
    kind: str
    status: str
    detail: str
