"""Leases are of one vCenter each; a process of an older version that still runs finds its own gone: it acts no more."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table in the place of the former."""
    op.create_table(
        "vcenter_leases",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_vcenter_leases"),
    )
    op.drop_table("leases")
