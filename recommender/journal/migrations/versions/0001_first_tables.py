"""The first tables: plans, their steps, occurrences of schedules, cycles."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "plans",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("begun_at", time, nullable=False),
        sa.Column("ended_at", time),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_table(
        "steps",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("vm", sa.Text(), nullable=False),
        sa.Column("instance_uuid", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("operation_id", sa.Text()),
        sa.Column("task", sa.Text()),
        sa.Column("intended_at", time),
        sa.Column("submitted_at", time),
        sa.Column("ended_at", time),
        sa.Column("detail", sa.Text()),
        sa.Column("predicted_p50_s", sa.Double(), nullable=False),
        sa.Column("predicted_p95_s", sa.Double(), nullable=False),
        sa.Column("predicted_downtime_p50_ms", sa.Double(), nullable=False),
        sa.Column("predicted_downtime_p95_ms", sa.Double(), nullable=False),
        sa.Column("duration_s", sa.Double()),
        sa.PrimaryKeyConstraint("plan_id", "number", name="pk_steps"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_steps_plan_id"),
        sa.CheckConstraint(
            "state IN ('pending', 'intent', 'submitted', 'done', 'failed', 'skipped', 'unknown')",
            name="ck_steps_state",
        ),
    )
    op.create_index("ix_steps_state", "steps", ["state"])
    op.create_index("ix_steps_ended_at", "steps", ["ended_at"])
    op.create_table(
        "occurrences",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("due_at", time, nullable=False),
        sa.Column("claimed_at", time, nullable=False),
        sa.PrimaryKeyConstraint("job", "due_at", name="pk_occurrences"),
    )
    op.create_table(
        "cycles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cycles"),
    )
