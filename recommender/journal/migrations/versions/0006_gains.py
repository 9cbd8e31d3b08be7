"""What plans promised and what came of it, and the migrations that others made."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "gains",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("before", sa.Double(), nullable=False),
        sa.Column("promised", sa.Double(), nullable=False),
        sa.Column("measured_at", time),
        sa.Column("measured", sa.Double()),
        sa.PrimaryKeyConstraint("plan_id", name="pk_gains"),
    )
    op.create_table(
        "foreign_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("vm", sa.Text(), nullable=False),
        sa.Column("instance_uuid", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("recommended", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_foreign_moves"),
    )
    op.create_index("ix_foreign_moves_at", "foreign_moves", ["at"])
