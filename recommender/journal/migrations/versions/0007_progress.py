"""How far a running step has come."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column("steps", sa.Column("progress_percent", sa.Integer()))
