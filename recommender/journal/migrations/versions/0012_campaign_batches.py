"""Campaigns of another kind: migrations of whole data centres, batch by batch."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Tell the kinds apart, and make the table of batches."""
    time = sa.DateTime(timezone=True)
    op.add_column("campaigns", sa.Column("kind", sa.String(16), nullable=False, server_default="rolling"))
    op.create_table(
        "campaign_batches",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begun_at", time, nullable=False),
        sa.Column("ended_at", time),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("campaign_id", "plan_id", name="pk_campaign_batches"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_batches_campaign_id"),
    )
