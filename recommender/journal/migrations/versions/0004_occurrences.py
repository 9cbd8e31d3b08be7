"""Plans that wait for an approval; what became of each occurrence; since when each schedule is known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables and columns; of earlier occurrences nothing is known but that they were claimed."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "proposals",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("proposed_at", time, nullable=False),
        sa.Column("expires_at", time, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ended_at", time),
        sa.PrimaryKeyConstraint("plan_id", name="pk_proposals"),
    )
    op.create_index("ix_proposals_state", "proposals", ["state"])
    op.create_table(
        "schedules",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("timing", sa.Text(), nullable=False),
        sa.Column("known_since", time, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_schedules"),
    )
    op.add_column("occurrences", sa.Column("state", sa.String(16), nullable=False, server_default="done"))
    op.add_column("occurrences", sa.Column("asked_by", sa.Text()))
    op.add_column("occurrences", sa.Column("ended_at", time))
    op.add_column("occurrences", sa.Column("detail", sa.Text()))
