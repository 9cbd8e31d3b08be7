"""What the service needs: calls on hosts, leases, recommendations, orders, approvals, the audit, disks of a step."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables and columns."""
    time = sa.DateTime(timezone=True)
    op.add_column("steps", sa.Column("disk_moves", sa.Text()))
    op.add_column("occurrences", sa.Column("claimed_by", sa.Text()))
    op.create_table(
        "host_calls",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("operation_id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text()),
        sa.Column("intended_at", time, nullable=False),
        sa.Column("submitted_at", time),
        sa.Column("ended_at", time),
        sa.Column("detail", sa.Text()),
        sa.Column("duration_s", sa.Double()),
        sa.PrimaryKeyConstraint("plan_id", "host", name="pk_host_calls"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_host_calls_plan_id"),
        sa.CheckConstraint(
            "state IN ('pending', 'intent', 'submitted', 'done', 'failed', 'skipped', 'unknown')",
            name="ck_host_calls_state",
        ),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "recommendations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vm", sa.Text(), nullable=False),
        sa.Column("instance_uuid", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("first_at", time, nullable=False),
        sa.Column("last_at", time, nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ended_at", time),
        sa.Column("ended_by", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_recommendations"),
    )
    op.create_index("ix_recommendations_state", "recommendations", ["state"])
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("plan_id", sa.String(64)),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_table(
        "approvals",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "approver", name="pk_approvals"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", time, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
