"""Names of what is moved, so that people need not know addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table; what was moved before is shown by its address."""
    op.create_table(
        "entity_names",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", name="pk_entity_names"),
    )
