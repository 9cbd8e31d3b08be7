"""The turn of the service in which each plan was decided, so that what ends much later can be traced to it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column; of older plans it is not known."""
    with op.batch_alter_table("plans") as plans:
        plans.add_column(sa.Column("turn", sa.String(16)))
