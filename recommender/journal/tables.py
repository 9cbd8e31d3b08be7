"""The journal's tables. Every change of them needs a new revision in ``migrations/versions``."""

from typing import Final

from sqlalchemy import (
    BigInteger,
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

_STATES: Final = f"state IN ({', '.join(repr(state.value) for state in StepState)})"

plans: Final = Table(
    "plans",
    metadata,
    Column("id", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("turn", String(16)),  # of the service, in which it was decided
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
    Column("progress_percent", Integer),  # while it runs
    Column("retry", String(16)),  # where a failed one may be tried again
    Column("disk_moves", Text),  # JSON: [disk key, source, destination] of each
    PrimaryKeyConstraint("plan_id", "number", name="pk_steps"),
    ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_steps_plan_id"),
    CheckConstraint(_STATES, name="ck_steps_state"),
    Index("ix_steps_state", "state"),
    Index("ix_steps_ended_at", "ended_at"),
)

retries: Final = Table(
    "retries",  # plans that try again what another plan failed at
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("of_plan", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    PrimaryKeyConstraint("plan_id", name="pk_retries"),
)

occurrences: Final = Table(
    "occurrences",
    metadata,
    Column("job", AnyText, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime, nullable=False),
    Column("claimed_by", AnyText),
    Column("state", String(16), nullable=False),
    Column("asked_by", AnyText),
    Column("ended_at", UtcTime),
    Column("detail", AnyText),
    PrimaryKeyConstraint("job", "due_at", name="pk_occurrences"),  # what makes a schedule fire once, in one process
)

schedules: Final = Table(
    "schedules",  # since when the service has known of each
    metadata,
    Column("job", AnyText, nullable=False),
    Column("timing", AnyText, nullable=False),
    Column("known_since", UtcTime, nullable=False),
    PrimaryKeyConstraint("job", name="pk_schedules"),
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

host_calls: Final = Table(
    "host_calls",  # those that bring a host into maintenance mode
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("host", Entity, nullable=False),
    Column("state", String(16), nullable=False),
    Column("operation_id", Text, nullable=False),
    Column("task", Task),
    Column("intended_at", UtcTime, nullable=False),
    Column("submitted_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("detail", AnyText),
    Column("duration_s", Double),
    PrimaryKeyConstraint("plan_id", "host", name="pk_host_calls"),
    ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_host_calls_plan_id"),
    CheckConstraint(_STATES, name="ck_host_calls_state"),
)

leases: Final = Table(
    "vcenter_leases",
    metadata,
    Column("name", String(128), nullable=False),
    Column("holder", AnyText, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),  # since 1970, by the database's clock
    PrimaryKeyConstraint("name", name="pk_vcenter_leases"),
)

presence: Final = Table(
    "presence",  # of processes that could lead, and of names that their schedules have
    metadata,
    Column("name", AnyText, nullable=False),
    Column("holder", AnyText, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),  # as above
    PrimaryKeyConstraint("name", name="pk_presence"),
)

recommendations: Final = Table(
    "recommendations",
    metadata,
    Column("id", Integer, nullable=False),
    Column("vm", Entity, nullable=False),
    Column("instance_uuid", AnyText, nullable=False),
    Column("source", Entity, nullable=False),
    Column("destination", Entity, nullable=False),
    Column("move", Text, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", UtcTime),
    Column("ended_by", AnyText),
    Column("detail", AnyText),
    PrimaryKeyConstraint("id", name="pk_recommendations"),
    Index("ix_recommendations_state", "state"),
)

orders: Final = Table(
    "orders",  # what people tell every process that acts
    metadata,
    Column("id", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("plan_id", String(64)),
    Column("author", AnyText, nullable=False),
    Column("reason", AnyText, nullable=False),
    PrimaryKeyConstraint("id", name="pk_orders"),
)

approvals: Final = Table(
    "approvals",
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("approver", AnyText, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("plan_id", "approver", name="pk_approvals"),
)

proposals: Final = Table(
    "proposals",  # plans of the service that wait for an approval
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", UtcTime),
    Column("campaign_id", String(64)),  # whose batch it is
    PrimaryKeyConstraint("plan_id", name="pk_proposals"),
    Index("ix_proposals_state", "state"),
)

gains: Final = Table(
    "gains",  # of a plan: what its moves promised, and how much the load improved
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("before", Double, nullable=False),
    Column("promised", Double, nullable=False),
    Column("measured_at", UtcTime),
    Column("measured", Double),
    PrimaryKeyConstraint("plan_id", name="pk_gains"),
)

entity_names: Final = Table(
    "entity_names",  # for people: what was moved or recommended, as it was called then
    metadata,
    Column("entity", Entity, nullable=False),
    Column("name", AnyText, nullable=False),
    PrimaryKeyConstraint("entity", name="pk_entity_names"),
)

foreign_moves: Final = Table(
    "foreign_moves",  # that somebody else made: DRS or a person
    metadata,
    Column("id", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("vm", Entity, nullable=False),
    Column("instance_uuid", AnyText, nullable=False),
    Column("source", Entity, nullable=False),
    Column("destination", Entity, nullable=False),
    Column("recommended", AnyText),  # where it was recommended to go at that time
    PrimaryKeyConstraint("id", name="pk_foreign_moves"),
    Index("ix_foreign_moves_at", "at"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("number", name="pk_audit"),
)

restorations: Final = Table(
    "restorations",  # what VMs are to have again in the clusters that they were sent to
    metadata,
    Column("plan_id", String(64), nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("destination", Entity, nullable=False),
    Column("kept", Text, nullable=False),  # JSON
    Column("state", String(16), nullable=False),
    Column("operation_id", Text),
    Column("intended_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("detail", AnyText),
    PrimaryKeyConstraint("plan_id", "number", name="pk_restorations"),
    Index("ix_restorations_state", "state"),
)

hourly_loads: Final = Table(
    "hourly_loads",
    metadata,
    Column("instance_uuid", AnyText, nullable=False),
    Column("hour", Integer, nullable=False),  # 0 … 23, UTC
    Column("active_mib", Double, nullable=False),  # what it usually is then
    Column("days", Integer, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    PrimaryKeyConstraint("instance_uuid", "hour", name="pk_hourly_loads"),
)
