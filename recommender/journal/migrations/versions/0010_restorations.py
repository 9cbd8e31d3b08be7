"""What VMs are to have again in the clusters that they were sent to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "restorations",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("operation_id", sa.Text()),
        sa.Column("intended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("plan_id", "number", name="pk_restorations"),
    )
    op.create_index("ix_restorations_state", "restorations", ["state"])
