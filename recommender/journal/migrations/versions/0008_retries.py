"""Whether a failed migration may be tried again, and which plan tries again what another has failed at."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column and make the table."""
    op.add_column("steps", sa.Column("retry", sa.String(16)))
    op.create_table(
        "retries",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("of_plan", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name="pk_retries"),
    )
