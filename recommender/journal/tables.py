"""The journal's tables. Every change of them needs a new revision in ``migrations/versions``."""

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from recommender.journal.column_types import AnyText, Entity, Task, UtcTime
from recommender.ports import StepState

metadata: Final = MetaData()

plans: Final = Table(
    "plans",
    metadata,
    Column("id", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    PrimaryKeyConstraint("id", name="pk_plans"),  # what makes a plan be applied at most once
)

steps: Final = Table(
    "steps",
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("vm", Entity, nullable=False),
    Column("instance_uuid", AnyText, nullable=False),
    Column("source", Entity, nullable=False),
    Column("destination", Entity, nullable=False),
    Column("state", String(16), nullable=False),
    Column("operation_id", Text),
    Column("task", Task),
    Column("intended_at", UtcTime),
    Column("submitted_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("detail", AnyText),
    Column("predicted_p50_s", Double, nullable=False),
    Column("predicted_p95_s", Double, nullable=False),
    Column("predicted_downtime_p50_ms", Double, nullable=False),
    Column("predicted_downtime_p95_ms", Double, nullable=False),
    Column("duration_s", Double),
    PrimaryKeyConstraint("plan_id", "number", name="pk_steps"),
    ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_steps_plan_id"),
    CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in StepState)})", name="ck_steps_state"),
    Index("ix_steps_state", "state"),
    Index("ix_steps_ended_at", "ended_at"),
)

occurrences: Final = Table(
    "occurrences",
    metadata,
    Column("job", AnyText, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("job", "due_at", name="pk_occurrences"),  # what makes a schedule fire once, in one process
)

cycles: Final = Table(
    "cycles",
    metadata,
    Column("id", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", AnyText, nullable=False),
    Column("status", AnyText, nullable=False),
    Column("detail", AnyText, nullable=False),
    PrimaryKeyConstraint("id", name="pk_cycles"),
)
